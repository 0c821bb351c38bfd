import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the doctor looks at on the user's own machine; tests bring their own. */
export interface Machine {
  /** Version of Node.js, without `v`. */
  readonly node: string;
  /** What a program prints; undefined when it is not there or fails. */
  run(program: string, args: readonly string[]): string | undefined;
  /** Version of an installed package; undefined when it is not there. */
  installed(name: string): string | undefined;
  /** Version that package.json pins a package to. */
  pinned(name: string): string | undefined;
}

const ROOT = join(__dirname, '..');

/** This machine. */
export function ownMachine(): Machine {
  return {
    node: process.versions.node,
    run: (program, args) => {
      const { status, stdout } = spawnSync(program, [...args], { encoding: 'utf8', timeout: 10_000 });
      return status === 0 ? stdout.trim() : undefined;
    },
    installed: (name) => readJson(join(ROOT, 'node_modules', name, 'package.json'))?.version,
    pinned: (name) => {
      const manifest = readJson(join(ROOT, 'package.json'));
      return manifest?.devDependencies?.[name] ?? manifest?.dependencies?.[name];
    },
  };
}

interface Manifest {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function readJson(path: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  } catch {
    return undefined;
  }
}
