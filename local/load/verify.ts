import { setTimeout as wait } from 'node:timers/promises';
import type { Content, Entry, Journal } from './journal';
import type { Verification } from './messages';
import type { Viewer } from './viewer';

/** Notes in one request; the application allows 200. */
const BATCH = 100;
/** Requests at once: the application may be at work for others. */
const AT_ONCE = 4;
/** Unlike the load, this may ask again: it is about what is stored, not about whether every request is served. */
const ATTEMPTS = 3;
const SAMPLES = 10;

/** Reads every acknowledged note back through the edge and compares it. */
export async function verify(journal: Journal, viewers: readonly Viewer[]): Promise<Verification> {
  const entries = journal.all();
  const count = { verified: 0, missing: 0, different: 0, unreadable: 0 };
  const samples: string[] = [];
  let reads = 0;
  let next = 0;

  const work = async (viewer: Viewer): Promise<void> => {
    while (next < entries.length) {
      const batch = entries.slice(next, (next += BATCH));
      const result = await readBatch(batch, viewer);
      reads += result.reads;
      if (result.notes === undefined) {
        count.unreadable += batch.length;
        sample(`${batch.length} notes from ${batch[0]?.id} on cannot be read: ${result.problem}`);
        continue;
      }
      for (const entry of batch) {
        const found = result.notes.get(entry.id);
        const verdict = journal.judge(entry, found);
        count[verdict] += 1;
        if (verdict !== 'verified') sample(tell(entry, verdict, found));
      }
    }
  };
  const sample = (text: string): void => {
    if (samples.length < SAMPLES) samples.push(text);
  };

  await Promise.all(viewers.slice(0, AT_ONCE).map(work));
  return {
    acknowledged: journal.acknowledged,
    notes: entries.length,
    ...count,
    unknown: journal.unknown,
    reads,
    samples,
  };
}

async function readBatch(
  batch: readonly Entry[],
  viewer: Viewer,
): Promise<{ reads: number; notes?: Map<string, Content>; problem?: string }> {
  const path = `/api/notes?ids=${batch.map((entry) => entry.id).join(',')}`;
  let problem = '';
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    if (attempt > 1) await wait(200);
    try {
      const reply = await viewer.send('GET', path);
      if (reply.status === 200) {
        const { notes } = JSON.parse(reply.body) as { notes: (Content & { id: string })[] };
        return { reads: attempt, notes: new Map(notes.map((note) => [note.id, note])) };
      }
      problem = `status ${reply.status}`;
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
  }
  return { reads: ATTEMPTS, problem };
}

function tell(entry: Entry, verdict: 'missing' | 'different', found: Content | undefined): string {
  if (verdict === 'missing') return `note ${entry.id} is gone`;
  if (entry.state === 'deleted') return `note ${entry.id} is there, though its deletion was acknowledged`;
  return `note ${entry.id} reads "${found?.body}" instead of "${entry.state.body}"`;
}
