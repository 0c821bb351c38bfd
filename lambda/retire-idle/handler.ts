import { type Retirement, retireNow } from '../aws/retirement';
import { step } from '../aws/step';

/** RetireIdle: the revert window is over. */
export const handler = step(async (retirement: Retirement): Promise<{ retired: boolean }> => ({
  retired: await retireNow(retirement),
}));
