// Applies the changelog of a folder to a database and prints what it did: what the benchmark starts as a process.
import { Client } from 'pg';
import { readFolder } from '../../lambda/migrator/folder';
import { readChangelog } from '../../lambda/migrator/reader';
import { update } from '../../lambda/migrator/runner';

async function main([folder = '', config = '{}']: string[]): Promise<void> {
  const client = new Client(JSON.parse(config));
  await client.connect();
  const result = await update(client, readChangelog(readFolder(folder), 'changelog.yaml'), { holder: 'benchmark' });
  await client.end();
  console.log(JSON.stringify({ done: result.done, applied: result.applied.length }));
}

void main(process.argv.slice(2));
