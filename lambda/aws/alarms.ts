import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
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

async function describe(names: readonly string[]): Promise<AlarmFound[]> {
  const { MetricAlarms = [], CompositeAlarms = [] } = await client.send(
    new DescribeAlarmsCommand({
      AlarmNames: [...names],
      AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
      MaxRecords: 100,
    }),
  );
  return [...MetricAlarms, ...CompositeAlarms].map(
    ({ AlarmName = '', StateValue = 'INSUFFICIENT_DATA', StateReason, StateTransitionedTimestamp }) => ({
      name: AlarmName,
      state: StateValue,
      reason: StateReason ?? 'no reason given',
      since: StateTransitionedTimestamp?.toISOString(),
    }),
  );
}
