import { addEvent, readRecord } from '../aws/ledger';
import { isRunning } from '../aws/executions';
import { policy } from '../aws/settings';
import { step } from '../aws/step';
import { changeTurn } from '../aws/turns';
import type { ReleaseState } from '../domain/release';
import { ReleaseError } from '../domain/errors';
import { requestTurn } from '../domain/turns';

interface AwaitTurnEvent {
  readonly state: ReleaseState;
  readonly token: string;
}

/** AwaitTurn: asks for the turn; whoever grants it answers the task token, now or when the holder has finished. */
export const handler = step(async ({ state, token }: AwaitTurnEvent): Promise<void> => {
  const { release, execution } = state;
  const claim = {
    release: release.id,
    execution: execution.arn,
    kind: release.kind,
    startedAt: execution.startedAt,
    token,
  };
  await changeTurn(
    async (turn) => {
      await requireOpen(release.id);
      const holderRuns = turn.holder !== null && (await isRunning(turn.holder));
      return requestTurn(turn, claim, policy().concurrency, holderRuns);
    },
    ({ granted, turn: { number, holder } }) =>
      addEvent(release.id, granted?.release === release.id ? 'AwaitTurn' : 'Queued', {
        number,
        holder: holder?.release,
      }),
  );
});

/** An execution that was stopped can be redriven, and a Lambda outlives its execution: what has ended stays ended. */
async function requireOpen(release: string): Promise<void> {
  const record = await readRecord(release);
  const end = record?.outcome ?? record?.stop?.outcome;
  if (end === undefined) return;
  throw new ReleaseError('TurnLost', `${release} is ${end}; start another release instead of redriving this one`);
}
