import { finishRelease } from '../aws/completion';
import { type RecoverEvent, recoverFrom } from '../aws/recovery';
import { step } from '../aws/step';
import { withdrawRelease } from '../aws/withdrawal';

/** RecoverRelease: brings a blue/green release to its end, whoever noticed that it has to. */
export const handler = step(async (event: RecoverEvent) =>
  recoverFrom(event, { withdraw: withdrawRelease, finish: finishRelease }),
);
