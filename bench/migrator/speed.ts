// Compares the migrator with the real Liquibase CLI in one run, process start included, and shows how its own cost grows
// with the number of changesets. Run with: npx tsx bench/migrator/speed.ts [--engine postgresql|mariadb: both without]
// [--changesets 300] [--curve 10,100,1000,10000]
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildSync } from 'esbuild';
import { type ConnectionConfig, withDatabase } from '../../lambda/migrator/connect';
import { readChangelog } from '../../lambda/migrator/reader';
import { update } from '../../lambda/migrator/runner';
import { TestMariaDb } from '../../test/migrator/mariadb';
import { TestPostgres } from '../../test/support/postgres';
import { Liquibase, watchMemory } from './liquibase';

const { values } = parseArgs({
  options: {
    engine: { type: 'string' },
    changesets: { type: 'string', default: '300' },
    curve: { type: 'string', default: '10,100,1000,10000' },
  },
});
type Engine = 'postgresql' | 'mariadb';
const CHANGESETS = Number(values.changesets);
const SIZES = values.curve.split(',').map(Number);

/** A server with databases for whoever asks. */
interface Server {
  database(): Promise<ConnectionConfig>;
  close(): Promise<void>;
}

const folder = mkdtempSync(join(tmpdir(), 'greenroom-speed-'));
const bundle = join(folder, 'run-folder.js');

function changelogOf(count: number): Record<string, string> {
  const changesets = Array.from(
    { length: count },
    (_, index) =>
      `--changeset bench:${index}\nCREATE TABLE t${index} (id bigint PRIMARY KEY, name text NOT NULL);\n--rollback DROP TABLE t${index};`,
  );
  return {
    'changelog.yaml': 'databaseChangeLog:\n- include: {file: all.sql}\n',
    'all.sql': ['--liquibase formatted sql', ...changesets].join('\n\n'),
  };
}

async function runOurs(config: ConnectionConfig, path: string): Promise<{ ms: number; peakMb: number }> {
  const start = performance.now();
  const child = spawn(process.execPath, [bundle, path, JSON.stringify(config)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const peak = watchMemory(child.pid);
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`the migrator ended with ${String(code)}`);
  return { ms: performance.now() - start, peakMb: peak() };
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

async function compare(server: Server, liquibase: Liquibase): Promise<void> {
  const path = join(folder, 'changelog');
  mkdirSync(path, { recursive: true });
  for (const [name, text] of Object.entries(changelogOf(CHANGESETS))) writeFileSync(join(path, name), text);
  const times = { ours: [] as number[], theirs: [] as number[], oursNoop: [] as number[], theirsNoop: [] as number[] };
  const memory = { ours: 0, theirs: 0 };
  for (let round = 0; round < 3; round++) {
    const [a, b] = [await server.database(), await server.database()];
    const [theirs, ours] = [await liquibase.run(a, path, 'update'), await runOurs(b, path)];
    times.theirs.push(theirs.ms);
    times.ours.push(ours.ms);
    memory.theirs = Math.max(memory.theirs, theirs.peakMb);
    memory.ours = Math.max(memory.ours, ours.peakMb);
    times.theirsNoop.push((await liquibase.run(a, path, 'update')).ms);
    times.oursNoop.push((await runOurs(b, path)).ms);
  }
  const line = (what: string, theirs: number, ours: number, unit: string, wanted: number) =>
    console.log(
      `${what.padEnd(24)} Liquibase ${theirs.toFixed(0).padStart(6)} ${unit}   Greenroom ${ours.toFixed(0).padStart(6)} ${unit}   ratio ${(theirs / ours).toFixed(1)} (wanted ≥ ${wanted})`,
    );
  line('nothing to do', median(times.theirsNoop), median(times.oursNoop), 'ms', 8);
  line(`${CHANGESETS} changesets`, median(times.theirs), median(times.ours), 'ms', 3);
  line('peak memory', memory.theirs, memory.ours, 'MiB', 2);
}

async function curve(server: Server, engine: Engine): Promise<void> {
  console.log('\nchangesets   read ms   update ms   ms per changeset   nothing to do ms');
  for (const count of SIZES) {
    const config = await server.database();
    const timed = async (work: () => Promise<unknown>) => {
      const start = performance.now();
      await work();
      return performance.now() - start;
    };
    const files = changelogOf(count);
    const reading = await timed(async () => readChangelog(files, 'changelog.yaml', { engine }));
    const changelog = readChangelog(files, 'changelog.yaml', { engine });
    const [running, nothing] = await withDatabase(config, async (database) => {
      const run = () => timed(() => update(database, changelog, { holder: 'benchmark' }));
      return [await run(), await run()] as const;
    });
    const cells = [count, reading.toFixed(1), running.toFixed(0), (running / count).toFixed(2), nothing.toFixed(0)];
    console.log(cells.map((cell, index) => String(cell).padStart([10, 10, 12, 19, 19][index] ?? 10)).join(''));
  }
}

async function main(): Promise<void> {
  buildSync({
    entryPoints: [join(__dirname, 'run-folder.ts')],
    outfile: bundle,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    external: ['pg-native'],
  });
  const liquibase = Liquibase.find();
  if (liquibase === undefined) console.log('the comparison is SKIPPED: there is no Java here');
  try {
    for (const engine of ['postgresql', 'mariadb'] as const) {
      if (values.engine !== undefined && values.engine !== engine) continue;
      if (engine === 'mariadb' && !TestMariaDb.isInstalled()) console.log('mariadb SKIPPED: there is no mariadbd here');
      else await measure(engine, liquibase);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(engine: Engine, liquibase: Liquibase | undefined): Promise<void> {
  const server: Server = await (engine === 'mariadb' ? TestMariaDb.start() : TestPostgres.start());
  console.log(`\n${engine}, ${availableParallelism()} cores`);
  try {
    if (liquibase !== undefined) await compare(server, liquibase);
    await curve(server, engine);
  } finally {
    await server.close();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
