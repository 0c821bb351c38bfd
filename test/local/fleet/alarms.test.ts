import { Alarm, type AlarmProperties } from '../../../local/fleet/alarms';
import { Metrics } from '../../../local/fleet/metrics';

const GROUP = 'targetgroup/notes-blue/1';
const SERIES = `HTTPCode_Target_5XX_Count ${GROUP}`;

const PLAIN: AlarmProperties = {
  AlarmName: 'notes-blue-5xx',
  MetricName: 'HTTPCode_Target_5XX_Count',
  Statistic: 'Sum',
  Period: 60,
  EvaluationPeriods: 3,
  DatapointsToAlarm: 2,
  Threshold: 5,
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  TreatMissingData: 'notBreaching',
  Dimensions: [{ Name: 'TargetGroup', Value: GROUP }],
};

/** `values[i]` is recorded in second `i`; undefined records nothing. The alarm looks at the end of the last one. */
function stateAfter(values: (number | undefined)[], properties: Partial<AlarmProperties> = {}, speed = 60): string {
  let now = 0;
  const metrics = new Metrics(() => now);
  values.forEach((value, second) => {
    now = second * 1000;
    if (value !== undefined) metrics.record(SERIES, value);
  });
  now = values.length * 1000;
  return new Alarm({ ...PLAIN, ...properties }, metrics, speed, () => now).evaluate().state;
}

describe('an alarm with 2 of 3 datapoints at or above 5', () => {
  test.each([
    ['quiet', [0, 0, 0], 'OK'],
    ['one bad minute', [0, 9, 0], 'OK'],
    ['two bad minutes', [9, 0, 9], 'ALARM'],
    ['exactly the threshold', [5, 5, 0], 'ALARM'],
    ['bad, but long ago', [9, 9, 0, 0, 0], 'OK'],
    ['no data at all', [undefined, undefined, undefined], 'OK'],
  ])('%s: %j is %s', (_what, values, expected) => {
    expect(stateAfter(values, { Statistic: 'Maximum' })).toBe(expected);
  });

  test.each([
    ['missing', 'INSUFFICIENT_DATA'],
    ['breaching', 'ALARM'],
    ['notBreaching', 'OK'],
    ['ignore', 'INSUFFICIENT_DATA'],
  ])('treats missing data as %s: %s', (TreatMissingData, expected) => {
    expect(stateAfter([undefined, undefined, undefined], { TreatMissingData })).toBe(expected);
  });

  test('periods are divided by the scaling factor, but never below a second', () => {
    const longAgo = [9, 0, 0, 0, 0, 0];
    const once = { Statistic: 'Maximum', EvaluationPeriods: 1, DatapointsToAlarm: 1 };

    expect(stateAfter(longAgo, once, 10)).toBe('ALARM');
    expect(stateAfter(longAgo, once, 60)).toBe('OK');
    expect(stateAfter(longAgo, once, 600)).toBe('OK');
  });

  test.each([
    ['Sum', 60, 2, 'ALARM'],
    ['Sum', 60, 1, 'OK'],
    ['Sum', 1, 59, 'OK'],
    ['Maximum', 60, 99, 'OK'],
  ])('100 in 60 s as %s, divided by %i: %i in a second are %s', (Statistic, speed, value, expected) => {
    const change = { Statistic, Threshold: 100, EvaluationPeriods: 1, DatapointsToAlarm: 1 };

    expect(stateAfter([value], change, speed)).toBe(expected);
  });

  test('sums of metrics are computed', () => {
    const stat = (MetricName: string) => ({
      Metric: { MetricName, Dimensions: PLAIN.Dimensions },
      Period: 60,
      Stat: 'Sum',
    });
    const Metrics = [
      { Id: 'sum', Expression: 'FILL(a, 0) + FILL(b, 0)' },
      { Id: 'a', MetricStat: stat('HTTPCode_Target_5XX_Count'), ReturnData: false },
      { Id: 'b', MetricStat: stat('HTTPCode_ELB_5XX_Count'), ReturnData: false },
    ];

    expect(stateAfter([9, 9, 9], { MetricName: undefined, Metrics, Threshold: 500 })).toBe('ALARM');
    expect(stateAfter([1, 1, 1], { MetricName: undefined, Metrics, Threshold: 500 })).toBe('OK');
  });

  test('what cannot be evaluated is refused, not taken for quiet', () => {
    const refuse = (change: Partial<AlarmProperties>) => () => stateAfter([], change);

    expect(refuse({ Statistic: 'p99' })).toThrow('no statistic "p99"');
    expect(refuse({ MetricName: undefined, Metrics: [{ Id: 'x', Expression: 'ANOMALY_DETECTION_BAND(a)' }] })).toThrow(
      'cannot evaluate',
    );
  });
});
