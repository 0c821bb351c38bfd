import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { ReleaseError } from '../domain/errors';
import type { ReleaseState } from '../domain/release';
import { finishTurn, forgetNotices, NO_TURN, type Notice, type Turn, type TurnChange } from '../domain/turns';
import { answerToken, failToken, isRunning, stopExecution } from './executions';
import { markStop } from './ledger';
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
 * @returns the change that was written.
 */
export async function changeTurn(decide: (turn: Turn) => Promise<TurnChange> | TurnChange): Promise<TurnChange> {
  const change = await writeChange(decide);
  const { granted } = change;
  const told = await tellTurn(change.turn);
  // A token that is answered already may belong to this very holder, told by an earlier attempt.
  if (granted !== null && !told && !(await isRunning(granted.execution))) await leaveTurn(granted.release);
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

/** Gives the turn up, or leaves the queue. Doing it twice is harmless: the next one is told again. */
export async function leaveTurn(release: string): Promise<void> {
  const turn = await readTurn();
  const concerned = turn.holder?.release === release || turn.waiting.some((claim) => claim.release === release);
  if (concerned) await changeTurn((current) => finishTurn(current, release));
  else await tellTurn(turn);
}

/** Every changing step asks first. @throws ReleaseError TurnLost when somebody else took the turn over. */
export async function requireTurn(state: ReleaseState): Promise<void> {
  const turn = await readTurn();
  if (turn.holder?.release === state.release.id && turn.number === state.turn.number) return;
  throw new ReleaseError(
    'TurnLost',
    `${state.release.id} had turn ${state.turn.number}, but turn ${turn.number} belongs to ${turn.holder?.release ?? 'nobody'}`,
  );
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
