import { type RecoverEvent, recoverFrom } from '../aws/recovery';
import { leftByRestore, withdrawRestore } from '../aws/restores';
import { step } from '../aws/step';

/** RecoverRestore: brings a restore to its end, whoever noticed that it has to. */
export const handler = step(async (event: RecoverEvent) =>
  recoverFrom(event, {
    kinds: ['restore'],
    withdraw: withdrawRestore,
    leaves: leftByRestore,
    // A restore that is recorded as restored has nothing left to do but what recovery does for everybody.
    finish: async () => undefined,
  }),
);
