import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { OPERATOR } from './cloud';
import { buildChangelog } from './images';
import { serving } from './stage/probe';
import { openTheatre, type Theatre, type TheatreEvent } from './theatre';

// `npm run restore:local`: a migration damages rows, and the database is brought back to what was before it; once from a
// moment, once from the snapshot that the release made, once from a copy in another region. Name one to play it alone.
const SOURCES = ['time', 'release', 'copy'] as const;
type Source = (typeof SOURCES)[number];

/** It is what its author wanted, alas: no plan refuses it, and no assertion finds it. */
const DAMAGE = `--liquibase formatted sql

--changeset notes:shorten-titles
--comment A bad data migration: it was meant for empty titles only
UPDATE notes SET title = '-' WHERE length(title) >= 0;
--rollback not required
`;

const RESTORE = 'restore-1';
const WRITES_MS = 4_000;

/** What each row holds, as one hash; and how many rows there are. */
async function contents(theatre: Theatre): Promise<{ rows: number; hash: string }> {
  const server = theatre.parts.instances?.main;
  if (server === undefined) throw new Error('no database stands under the name of the application');
  const { rows } = await server.withClient(theatre.parts.database.name, (client) =>
    client.query<{ row: string }>('SELECT notes::text AS row FROM notes ORDER BY id'),
  );
  const hash = createHash('sha256');
  for (const { row } of rows) hash.update(`${row}\n`);
  return { rows: rows.length, hash: hash.digest('hex').slice(0, 12) };
}

/** Publishes v1.1.0 with a changeset more than it should have. */
async function publishDamage({ parts }: Theatre): Promise<void> {
  const { models, settings } = parts;
  const Bucket = settings.ARTIFACT_BUCKET as string;
  const put = (Key: string, Body: Buffer) => models.s3?.PutObject?.({ Bucket, Key, Body }, OPERATOR);
  const Key = 'versions/v1.1.0.json';
  const { bytes } = buildChangelog({ version: 'v1.1.0' });
  const { root, files } = JSON.parse(bytes.toString()) as { root: string; files: Record<string, string> };
  const artifact = Buffer.from(JSON.stringify({ root, files: { ...files, 'sql/9999-damage.sql': DAMAGE } }));
  const sha256 = createHash('sha256').update(artifact).digest('hex');
  await put(`changelogs/${sha256}.json`, artifact);
  const { Body } = (await models.s3!.GetObject!({ Bucket, Key }, OPERATOR)) as { Body: Uint8Array };
  const pointer = JSON.parse(Buffer.from(Body).toString()) as object;
  await put(Key, Buffer.from(JSON.stringify({ ...pointer, changelog: { key: `changelogs/${sha256}.json`, sha256 } })));
}

/** @returns whether the database came back, whole */
async function play(source: Source): Promise<boolean> {
  const say = (text: string): void => console.log(`${new Date().toISOString().slice(11, 19)}  ${text}`);
  const steps = new Set<string>();
  const onEvent = (event: TheatreEvent): void => {
    if (event.type === 'problem') say(`problem: ${event.source}: ${event.message.slice(0, 200)}`);
    if (event.type === 'state' && event.release === RESTORE && event.what === 'entered') {
      if (!steps.has(event.state) && !/^Wait|Done$/.test(event.state)) say(`  ${event.state}`);
      steps.add(event.state);
    }
    if (event.type === 'notification' && event.id.endsWith(':approval')) {
      void theatre.decide(event.id.slice(0, -':approval'.length), 'approve');
    }
  };
  const theatre: Theatre = await openTheatre({ recoverable: true, speed: 120, propagationMs: 300, onEvent });
  const { executions, settings } = theatre.parts;
  try {
    await theatre.publish('v1.0.0');
    await theatre.publish('v1.1.0');
    await publishDamage(theatre);
    expectEnd(await theatre.release('v1.0.0'), 'released');
    const load = await theatre.startLoad({ rate: 60 });
    await sleep(WRITES_MS);
    await load.stop();
    const before = await contents(theatre);
    say(`v1.0.0 is live, viewers wrote ${before.rows} notes (${before.hash})`);
    await sleep(100);
    const time = new Date().toISOString();
    await sleep(100);
    const recoveryPoint = source === 'copy' ? await theatre.parts.database.snapshots.backUpTo('eu-west-1') : '';

    const bad = await theatre.release('v1.1.0');
    expectEnd(bad, 'released');
    const damaged = await contents(theatre);
    say(`v1.1.0 is live, its migration damaged the notes (${damaged.hash})`);
    const { version } = await theatre.revert('titles are gone');
    say(`viewers are back on ${version}; the database is to go back: ${WORDS[source]}`);

    const began = Date.now();
    const sources = { time: { time }, release: { release: bad.release }, copy: { recoveryPoint } };
    const input = { source: sources[source], actor: 'operator', reason: 'titles are gone' };
    const { arn } = executions.start(settings.RESTORE_MACHINE_ARN as string, RESTORE, input);
    await executions.ended(arn);
    const record = await theatre.ledger.record(RESTORE);
    const after = await contents(theatre);
    say(`${RESTORE} ${record?.outcome}: ${record?.reason}`);
    say(`${after.rows} notes (${after.hash}) after ${((Date.now() - began) / 1000).toFixed(1)} s`);

    const again = await theatre.startLoad({ rate: 60 });
    await sleep(WRITES_MS);
    const report = await again.stop();
    const versions = await serving(theatre.url, 10);
    const lost = before.hash === after.hash ? 0 : 'some';
    const failed = report.failed;
    console.log(
      `rows lost of those written before: ${lost}; requests failed afterwards: ${failed}; viewers get ${versions.join()}`,
    );
    return record?.outcome === 'restored' && lost === 0 && failed === 0 && damaged.hash !== before.hash;
  } finally {
    await theatre.close();
  }
}

const WORDS: Readonly<Record<Source, string>> = {
  time: 'to a moment before the release',
  release: 'to the snapshot before its migrations',
  copy: 'to a copy in another region',
};

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((each) => !SOURCES.includes(each as Source));
  if (unknown.length > 0) throw new Error(`${unknown.join()} is none of ${SOURCES.join(', ')}`);
  for (const source of wanted.length > 0 ? (wanted as Source[]) : SOURCES) {
    if (!(await play(source))) process.exitCode = 1;
  }
}

function expectEnd(
  { outcome, reason, cause }: { outcome?: string; reason?: string; cause?: string },
  wanted: string,
): void {
  if (outcome !== wanted) throw new Error(`a release ended as ${outcome}: ${reason ?? cause}`);
}

void main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
