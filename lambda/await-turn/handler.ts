import { addEvent } from '../aws/ledger';
import { isRunning } from '../aws/executions';
import { policy } from '../aws/settings';
import { step } from '../aws/step';
import { changeTurn } from '../aws/turns';
import type { ReleaseState } from '../domain/release';
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
      const holderRuns = turn.holder !== null && (await isRunning(turn.holder.execution));
      return requestTurn(turn, claim, policy().concurrency, holderRuns);
    },
    ({ granted, turn: { number, holder } }) =>
      addEvent(release.id, granted?.release === release.id ? 'AwaitTurn' : 'Queued', {
        number,
        holder: holder?.release,
      }),
  );
});
