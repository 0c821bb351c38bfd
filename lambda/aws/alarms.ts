import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import type { Color } from '../domain/color';
import { ReleaseError } from '../domain/errors';
import { fleetNames } from './fleet';

const client = new CloudWatchClient({});

/**
 * The new color's alarms have to be quiet. Insufficient data is quiet: a fleet without traffic has none.
 * An alarm that does not exist is not quiet. The old
 * color's alarms do not count, since the release may be what mends them.
 *
 * @throws ReleaseError AlarmsRinging naming the alarms and their reasons.
 */
export async function requireQuiet(color: Color): Promise<void> {
  const { alarms } = fleetNames(color);
  const { MetricAlarms = [], CompositeAlarms = [] } = await client.send(
    new DescribeAlarmsCommand({ AlarmNames: alarms, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }),
  );
  const found = [...MetricAlarms, ...CompositeAlarms];
  const ringing = found.filter((alarm) => alarm.StateValue === 'ALARM');
  const missing = alarms.filter((name) => !found.some(({ AlarmName }) => AlarmName === name));
  if (ringing.length === 0 && missing.length === 0) return;
  const reasons = [
    ...ringing.map((alarm) => `${alarm.AlarmName}: ${alarm.StateReason ?? 'no reason given'}`),
    ...missing.map((name) => `${name}: does not exist; deploy the fleet stack again`),
  ];
  throw new ReleaseError('AlarmsRinging', reasons.join('; '));
}
