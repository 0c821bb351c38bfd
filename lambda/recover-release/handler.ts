import { finishRelease } from '../aws/completion';
import { stopMigrationTask } from '../aws/migration-task';
import { type RecoverEvent, recoverFrom } from '../aws/recovery';
import { step } from '../aws/step';
import { settleRoute } from '../aws/settle';
import { sendBackWithoutLedger, withdrawRelease } from '../aws/withdrawal';

/** RecoverRelease: brings a blue/green release to its end, whoever noticed that it has to. */
export const handler = step(async (event: RecoverEvent) =>
  recoverFrom(event, {
    kinds: ['release', 'revert', 'migration'],
    withdraw: async (release) => {
      const end = await withdrawRelease(release);
      await stopMigrationTask(release);
      return end;
    },
    sendBack: sendBackWithoutLedger,
    finish: finishRelease,
    settle: settleRoute,
  }),
);
