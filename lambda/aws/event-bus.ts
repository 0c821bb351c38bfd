import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { ReleaseError } from '../domain/errors';
import { EVENT_SOURCE, type GreenroomEvent } from '../domain/events';

const client = new EventBridgeClient({});

/** EventBridge takes at most ten entries and 256 KB in one call; the rest of the size is for the other members. */
const MOST_ENTRIES = 10;
const MOST_BYTES = 200_000;

/**
 * Puts events on the account's default bus, in order.
 *
 * @throws ReleaseError Transient when the bus did not take all of them
 */
export async function putEvents(events: readonly GreenroomEvent[]): Promise<void> {
  for (const Entries of batches(events.map(entryOf))) {
    const { FailedEntryCount = 0, Entries: answers = [] } = await client.send(new PutEventsCommand({ Entries }));
    if (FailedEntryCount === 0) continue;
    const failed = answers.find(({ ErrorCode }) => ErrorCode !== undefined);
    throw new ReleaseError(
      'Transient',
      `EventBridge refused ${FailedEntryCount} of ${Entries.length} events: ${failed?.ErrorCode}: ${failed?.ErrorMessage}`,
    );
  }
}

function entryOf({ detailType, detail }: GreenroomEvent): PutEventsRequestEntry {
  return { Source: EVENT_SOURCE, DetailType: detailType, Time: new Date(detail.at), Detail: JSON.stringify(detail) };
}

function* batches(entries: readonly PutEventsRequestEntry[]): Iterable<PutEventsRequestEntry[]> {
  let batch: PutEventsRequestEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = Buffer.byteLength(entry.Detail as string);
    if (batch.length === MOST_ENTRIES || (batch.length > 0 && bytes + size > MOST_BYTES)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(entry);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
