// Compares the migrator with the real Liquibase CLI in one run, process start included, and shows how its own cost grows
// with the number of changesets. Run with: npx tsx bench/migrator/speed.ts
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { ClientConfig } from 'pg';
import { readChangelog } from '../../lambda/migrator/reader';
import { update } from '../../lambda/migrator/runner';
import { TestPostgres } from '../../test/support/postgres';
import { Liquibase, watchMemory } from './liquibase';

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

async function runOurs(config: ClientConfig, path: string): Promise<{ ms: number; peakMb: number }> {
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

async function compare(postgres: TestPostgres, liquibase: Liquibase): Promise<void> {
  const path = join(folder, 'changelog');
  mkdirSync(path);
  for (const [name, text] of Object.entries(changelogOf(300))) writeFileSync(join(path, name), text);
  const times = { ours: [] as number[], theirs: [] as number[], oursNoop: [] as number[], theirsNoop: [] as number[] };
  const memory = { ours: 0, theirs: 0 };
  for (let round = 0; round < 3; round++) {
    const [a, b] = [await postgres.database(), await postgres.database()];
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
  line('300 changesets', median(times.theirs), median(times.ours), 'ms', 3);
  line('peak memory', memory.theirs, memory.ours, 'MiB', 2);
}

async function curve(postgres: TestPostgres): Promise<void> {
  console.log('\nchangesets   read ms   update ms   ms per changeset   nothing to do ms');
  for (const count of [10, 100, 1_000, 10_000]) {
    const client = await postgres.connect(await postgres.database());
    const timed = async (work: () => Promise<unknown>) => {
      const start = performance.now();
      await work();
      return performance.now() - start;
    };
    const files = changelogOf(count);
    const reading = await timed(async () => readChangelog(files, 'changelog.yaml'));
    const changelog = readChangelog(files, 'changelog.yaml');
    const running = await timed(() => update(client, changelog, { holder: 'benchmark' }));
    const nothing = await timed(() => update(client, changelog, { holder: 'benchmark' }));
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
  const postgres = await TestPostgres.start();
  try {
    const liquibase = Liquibase.find();
    if (liquibase === undefined) console.log('the comparison is SKIPPED: there is no Java here');
    else await compare(postgres, liquibase);
    await curve(postgres);
  } finally {
    await postgres.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
