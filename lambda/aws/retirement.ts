import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { createHash } from 'node:crypto';
import type { Color } from '../domain/color';
import { ReleaseError } from '../domain/errors';
import { retireStandby, type Route } from '../domain/route';
import { confirmAtEdge } from './edge';
import { updateFleet } from './fleet';
import { changeRoute, requireRoute, wroteLast } from './route-store';
import { stopScaling } from './scaling';
import { setting } from './settings';

const client = new SchedulerClient({});

/** What the schedule tells RetireIdle. */
export interface Retirement {
  readonly color: Color;
  /** The release whose fleet is to be retired; another one there by then is left alone. */
  readonly release: string;
  /** Epoch since which it was the standby: a later revert window of the same color is not cut short. */
  readonly since: number;
}

/** Retires a standby once its revert window is over. The schedule deletes itself; the same one twice is one. */
export async function scheduleRetirement(retirement: Retirement, at: Date, completed: string): Promise<void> {
  // A schedule's name has at most 64 characters, a release id up to 80.
  const name = `retire-${createHash('sha256').update(`${completed}/${retirement.release}`).digest('hex').slice(0, 32)}`;
  try {
    await client.send(
      new CreateScheduleCommand({
        Name: name,
        GroupName: setting('RETIRE_SCHEDULE_GROUP'),
        ScheduleExpression: `at(${at.toISOString().slice(0, 19)})`,
        FlexibleTimeWindow: { Mode: 'OFF' },
        ActionAfterCompletion: 'DELETE',
        Target: {
          Arn: setting('RETIRE_FUNCTION_ARN'),
          RoleArn: setting('RETIRE_ROLE_ARN'),
          Input: JSON.stringify(retirement),
        },
      }),
    );
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ConflictException') throw error;
  }
}

/**
 * Gives the standby up and scales it in. Looked at anew at this moment: another release's standby is left alone.
 *
 * @returns whether it was, now or by an earlier attempt
 */
export async function retireNow(retirement: Retirement): Promise<boolean> {
  const { color, release } = retirement;
  const nonce = `${release}:retire`;
  const route = await requireRoute();
  if (route.writer.nonce !== nonce && !isOver(route, retirement)) return false;
  const guard = async (before: Route) => {
    // Two reverts since that look make the same release the same color's standby, with another revert window.
    if (!isOver(before, retirement))
      throw new ReleaseError('RouteConflict', `${color} became another standby (route epoch ${before.epoch})`);
  };
  const after = await changeRoute(retireStandby(color), { release, nonce }, { guard });
  await confirmAtEdge(after.epoch);
  await stopScaling(color);
  // Since then a release may have claimed the color: its fleet is not ours to scale in.
  if (await wroteLast(nonce)) await updateFleet(color, 0);
  return true;
}

/** Whether the standby is the one whose revert window is over. */
function isOver({ standby, standbySince, releases }: Route, { color, release, since }: Retirement): boolean {
  return standby === color && releases[color] === release && standbySince === since;
}
