import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import type { Color } from '../domain/color';
import { ReleaseError } from '../domain/errors';
import { fleetNames } from './fleet';

const client = new CloudWatchClient({});

/**
 * The new color's alarms have to be quiet. Insufficient data is quiet: a fleet without traffic has none. The old
 * color's alarms do not count, since the release may be what mends them.
 *
 * @throws ReleaseError AlarmsRinging naming the alarms and their reasons.
 */
export async function requireQuiet(color: Color): Promise<void> {
  const { MetricAlarms } = await client.send(new DescribeAlarmsCommand({ AlarmNames: fleetNames(color).alarms }));
  const ringing = (MetricAlarms ?? []).filter((alarm) => alarm.StateValue === 'ALARM');
  if (ringing.length === 0) return;
  const reasons = ringing.map((alarm) => `${alarm.AlarmName}: ${alarm.StateReason ?? 'no reason given'}`);
  throw new ReleaseError('AlarmsRinging', reasons.join('; '));
}
