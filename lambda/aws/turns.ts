import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { ReleaseError } from '../domain/errors';
import type { ReleaseState } from '../domain/release';
import { finishTurn, forgetNotices, NO_TURN, type Notice, type Turn, type TurnChange } from '../domain/turns';
import { answerToken, failToken, isRunning, stopExecution } from './executions';
import { addEvent, markStop, readRecord } from './ledger';
import { setting } from './settings';
import { conditionFailed, table } from './table';

const KEY = { pk: 'environment', sk: 'turn' };

/** A hundred writers at once need at most a hundred rounds; more means that something else is wrong. */
const MAX_ROUNDS = 100;

export async function readTurn(): Promise<Turn> {
  const { Item } = await table.send(
    new GetCommand({ TableName: setting('LEDGER_TABLE'), Key: KEY, ConsistentRead: true }),
  );
  return (Item as Turn | undefined) ?? NO_TURN;
}

/**
 * Changes the turn by compare-and-set and then tells everybody whom the change concerns. Whoever is granted the turn
 * but waits no longer gives it back at once, so that nothing ever waits on a dead holder.
 *
 * @param written what has to be done before anybody is told: whoever hears of the turn goes on, and nobody comes back to it
 * @returns the change that was written.
 */
export async function changeTurn(
  decide: (turn: Turn) => Promise<TurnChange> | TurnChange,
  written: (change: TurnChange) => Promise<void> = async () => {},
): Promise<TurnChange> {
  const change = await writeChange(decide);
  await written(change);
  const { granted } = change;
  const told = await tellTurn(change.turn);
  // A token that is answered already may belong to this very holder, told by an earlier attempt.
  if (granted !== null && !told && !(await isRunning(granted))) await leaveTurn(granted.release);
  return change;
}

/**
 * Tells what the turn says is to be told, also in the place of a writer that died before it could: who was superseded,
 * who was deposed, and the holder that the turn is its own. Telling it again is harmless.
 *
 * @returns whether the holder was waiting to hear of it.
 */
export async function tellTurn({ number, holder, untold }: Turn): Promise<boolean> {
  for (const notice of untold) await tell(notice);
  if (untold.length > 0) await writeChange((turn) => forgetNotices(turn, untold));
  return holder !== null && answerToken(holder.token, { number });
}

async function tell({ claim, error, reason }: Notice): Promise<void> {
  if (error === 'Superseded') {
    await failToken(claim.token as string, error, reason);
    return;
  }
  await markStop(claim.release, 'reverted', reason);
  await stopExecution(claim.execution, error, reason);
}

/** When a release that waited got the turn. */
async function recordGrant({ granted, turn: { number } }: TurnChange): Promise<void> {
  if (granted !== null) await addEvent(granted.release, 'AwaitTurn', { number, holder: granted.release });
}

/** Gives the turn up, or leaves the queue. Doing it twice is harmless: the next one is told again. */
export async function leaveTurn(release: string): Promise<void> {
  const turn = await readTurn();
  const concerned = turn.holder?.release === release || turn.waiting.some((claim) => claim.release === release);
  if (concerned) await changeTurn((current) => finishTurn(current, release), recordGrant);
  else await tellTurn(turn);
}

/** Every changing step asks first. @throws ReleaseError TurnLost when somebody else took the turn over. */
export async function requireTurn(state: {
  readonly release: Pick<ReleaseState['release'], 'id'>;
  readonly turn: ReleaseState['turn'];
}): Promise<void> {
  const turn = await readTurn();
  if (turn.holder?.release === state.release.id && turn.number === state.turn.number) return;
  throw new ReleaseError(
    'TurnLost',
    `${state.release.id} had turn ${state.turn.number}, but turn ${turn.number} belongs to ${turn.holder?.release ?? 'nobody'}`,
  );
}

/**
 * Asked between reading and writing the route: whoever ends a release says so in its record first, then writes the
 * route, and gives the turn up last. A claim that is written all the same was there before that write, which sees it.
 *
 * @throws ReleaseError TurnLost when the release has lost its turn, or is about to be brought to its end
 */
export async function requireUnderWay(state: Parameters<typeof requireTurn>[0]): Promise<void> {
  await requireTurn(state);
  const record = await readRecord(state.release.id);
  if (record?.stop === undefined && record?.outcome === undefined) return;
  throw new ReleaseError('TurnLost', `${state.release.id} is being brought to its end; nothing was changed`);
}

async function writeChange(decide: (turn: Turn) => Promise<TurnChange> | TurnChange): Promise<TurnChange> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = await readTurn();
    const change = await decide(before);
    try {
      await table.send(
        new PutCommand({
          TableName: setting('LEDGER_TABLE'),
          Item: { ...change.turn, ...KEY },
          ConditionExpression: 'attribute_not_exists(pk) OR revision = :revision',
          ExpressionAttributeValues: { ':revision': before.revision },
        }),
      );
      return change;
    } catch (error) {
      if (!conditionFailed(error)) throw error;
    }
  }
  throw new ReleaseError('Transient', `the turn was changed by others ${MAX_ROUNDS} times in a row`);
}
