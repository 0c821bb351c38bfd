import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  type DescribeAlarmsCommandOutput,
  type MetricAlarm,
} from '@aws-sdk/client-cloudwatch';
import { type AlarmFound, type AlarmVerdict, judgeAlarms } from '../domain/alarms';
import type { Color } from '../domain/color';
import { ReleaseError } from '../domain/errors';
import { fleetNames } from './fleet';
import { policy } from './settings';

const client = new CloudWatchClient({});

/**
 * The alarms of the new color and the user's own have to be quiet, as {@link judgeAlarms} says. The old color's do not
 * count, since the release may be what mends them.
 *
 * @param cutoverAt when the cutover was prepared, ISO 8601. @default - it is being prepared
 * @returns the user's own alarms that rang before.
 * @throws ReleaseError AlarmsRinging naming the alarms and their reasons.
 */
export async function requireQuiet(color: Color, cutoverAt?: string): Promise<readonly string[]> {
  const { stops, setAside } = await lookAtAlarms(color, cutoverAt);
  if (stops.length === 0) return setAside;
  throw new ReleaseError('AlarmsRinging', stops.join('; '));
}

/** How the alarms stand that a release onto a color would listen to. */
export async function lookAtAlarms(color: Color, cutoverAt?: string): Promise<AlarmVerdict> {
  const watch = { color: fleetNames(color).alarms, own: policy().alarms, cutoverAt };
  return judgeAlarms(await describe([...watch.color, ...watch.own]), watch);
}

/** An alarm of a color, as people see it. */
export type AlarmState = AlarmFound;

/** How a color's own alarms stand. */
export function alarmStates(color: Color): Promise<readonly AlarmState[]> {
  return describe(fleetNames(color).alarms);
}

/** A color has a handful, and the configuration takes 40: fewer than the 100 names that CloudWatch takes in a call. */
async function describe(names: readonly string[]): Promise<AlarmFound[]> {
  const found: AlarmFound[] = [];
  let NextToken: string | undefined;
  do {
    const page: DescribeAlarmsCommandOutput = await client.send(
      new DescribeAlarmsCommand({ AlarmNames: [...names], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'], NextToken }),
    );
    found.push(...[...(page.MetricAlarms ?? []), ...(page.CompositeAlarms ?? [])].map(toFound));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return found;
}

function toFound({ AlarmName, StateValue, StateReason, StateTransitionedTimestamp }: MetricAlarm): AlarmFound {
  return {
    name: AlarmName ?? '',
    state: StateValue ?? 'INSUFFICIENT_DATA',
    reason: StateReason ?? 'no reason given',
    since: StateTransitionedTimestamp?.toISOString(),
  };
}
