// Applies the changelog of a folder to a database and prints what it did: what the benchmark starts as a process.
import { type ConnectionConfig, withDatabase } from '../../lambda/migrator/connect';
import { readFolder } from '../../lambda/migrator/folder';
import { readChangelog } from '../../lambda/migrator/reader';
import { update } from '../../lambda/migrator/runner';

async function main([folder = '', text = '{}']: string[]): Promise<void> {
  const config = JSON.parse(text) as ConnectionConfig;
  const changelog = readChangelog(readFolder(folder), 'changelog.yaml', { engine: config.engine });
  const result = await withDatabase(config, (database) => update(database, changelog, { holder: 'benchmark' }));
  console.log(JSON.stringify({ done: result.done, applied: result.applied.length }));
}

void main(process.argv.slice(2));
