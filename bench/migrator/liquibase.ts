import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionConfig } from '../../lambda/migrator/connect';

const FOLDER = join(__dirname, '..', '..', '.greenroom', 'liquibase');
const PACKAGE = 'liquibase@4.28.1'; // carries the jars of 4.28.0 and the drivers of PostgreSQL and MariaDB

/** The real program, for comparison: installed on first use, not with the project (140 MB that nothing else needs). */
export class Liquibase {
  private constructor(readonly classpath: string) {}

  /** @returns undefined when there is no Java on this machine; in CI its absence is an error */
  static find(): Liquibase | undefined {
    if (spawnSync('java', ['-version']).status !== 0) {
      if (process.env.GREENROOM_CI === '1')
        throw new Error('java is missing; install it: apt-get install -y default-jre-headless');
      return undefined;
    }
    const library = join(FOLDER, 'node_modules', 'liquibase', 'dist', 'liquibase', 'internal', 'lib');
    if (!existsSync(library)) {
      mkdirSync(FOLDER, { recursive: true });
      execFileSync('npm', ['install', '--prefix', FOLDER, '--no-audit', '--no-fund', '--loglevel=error', PACKAGE], {
        stdio: 'inherit',
      });
    }
    const jars = readdirSync(library).filter((name) => name.endsWith('.jar') && !name.includes('commercial'));
    return new Liquibase(jars.map((name) => join(library, name)).join(':'));
  }

  /** Runs a command on the changelog `changelog.yaml` of a folder. @throws Error with the program's output when it fails */
  async run(
    config: ConnectionConfig,
    folder: string,
    ...command: string[]
  ): Promise<{ output: string; ms: number; peakMb: number }> {
    const args = [
      '-cp',
      this.classpath,
      'liquibase.integration.commandline.LiquibaseCommandLine',
      `--url=jdbc:${config.engine ?? 'postgresql'}://${config.host}:${config.port}/${config.database}`,
      `--username=${config.user}`,
      `--password=${String(config.password)}`,
      `--search-path=${folder}`,
      '--changelog-file=changelog.yaml',
      ...command,
    ];
    const start = performance.now();
    const child = spawn('java', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const peak = watchMemory(child.pid);
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    const peakMb = peak();
    if (code !== 0) throw new Error(`liquibase ${command.join(' ')} failed (${code}):\n${output}`);
    return { output, ms: performance.now() - start, peakMb };
  }
}

/** Looks at a process's resident memory until it is asked for the peak, in MiB. Linux only; 0 elsewhere. */
export function watchMemory(pid: number | undefined): () => number {
  let peak = 0;
  const look = () => {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      // It has ended.
    }
  };
  const timer = setInterval(look, 20);
  return () => {
    clearInterval(timer);
    return Math.round(peak);
  };
}
