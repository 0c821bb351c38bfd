// Reads the odd changelogs of the tests with the real Liquibase again and writes down what it makes of each; says where we
// differ. Needs a JDK (11 or newer); run with: npx tsx bench/migrator/record.ts
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  ODD_CHANGELOGS,
  oddChangelogs,
  readOdd,
  type OddChangelog,
  withoutStatements,
} from '../../test/migrator/odd-changelogs';
import { Liquibase } from './liquibase';

function main(): void {
  const liquibase = Liquibase.find();
  if (liquibase === undefined) return console.log('SKIPPED: there is no Java here');
  const folder = mkdtempSync(join(tmpdir(), 'greenroom-record-'));
  try {
    const changelogs = oddChangelogs();
    const list = changelogs.map(({ root, files, contexts = '', labels = '' }, index) => {
      for (const [path, content] of Object.entries(files)) {
        const file = join(folder, String(index), path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, content);
      }
      return [join(folder, String(index)), root, contexts, labels].join('\t');
    });
    writeFileSync(join(folder, 'list'), `${list.join('\n')}\n`);
    const args = ['-cp', liquibase.classpath, join(__dirname, 'Recorder.java'), join(folder, 'list')];
    const run = spawnSync('java', args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
    const lines = run.stdout.trim().split('\n');
    if (lines.length !== changelogs.length) throw new Error(`the recorder broke off: ${run.stderr.slice(0, 1_000)}`);
    const recorded = changelogs.map((changelog, index) => record(changelog, lines[index] as string));
    writeFileSync(ODD_CHANGELOGS, `[\n${recorded.map((each) => JSON.stringify(each)).join(',\n')}\n]\n`);
    console.log(`${recorded.length} changelogs recorded`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function record({ refused: _, split: __, ...changelog }: OddChangelog, line: string): OddChangelog {
  const answer = JSON.parse(line) as string[][] | { error: string };
  if (!Array.isArray(answer)) return { ...changelog, recorded: Number(/ at line (\d+)/.exec(answer.error)?.[1] ?? 0) };
  try {
    const ours = readOdd({ ...changelog, recorded: 0 });
    if (!isDeepStrictEqual(ours.map(withoutStatements), answer.map(withoutStatements))) {
      process.exitCode = 1;
      console.log(`DIFFERENT: ${JSON.stringify(changelog)}\n  ${JSON.stringify(answer)}\n  ${JSON.stringify(ours)}`);
    }
    return { ...changelog, ...(isDeepStrictEqual(ours, answer) ? {} : { split: true }), recorded: answer };
  } catch {
    return { ...changelog, refused: true, recorded: answer };
  }
}

main();
