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

  const math = (Expression: string, ...metrics: [string, string, string][]): Partial<AlarmProperties> => ({
    MetricName: undefined,
    EvaluationPeriods: 1,
    DatapointsToAlarm: 1,
    Metrics: [
      { Id: 'result', Expression },
      ...metrics.map(([Id, MetricName, Stat]) => ({
        Id,
        MetricStat: { Metric: { MetricName, Dimensions: PLAIN.Dimensions }, Period: 60, Stat },
        ReturnData: false,
      })),
    ],
  });

  /** An alarm as of the template on requests and errors of the last second of a minute, at one sixtieth of its time. */
  function rateAlarm(requests: number, errors: number): string {
    const metrics = new Metrics(() => 0);
    for (let each = 0; each < requests; each++) metrics.record(`RequestCount ${GROUP}`);
    for (let each = 0; each < errors; each++) metrics.record(SERIES);
    const rate = math(
      'IF(requests >= 600, 100 * FILL(errors, 0) / requests, 0)',
      ['errors', 'HTTPCode_Target_5XX_Count', 'Sum'],
      ['requests', 'RequestCount', 'Sum'],
    );
    return new Alarm({ ...PLAIN, ...rate, Threshold: 5 }, metrics, 60, () => 1000).evaluate().state;
  }

  test.each([
    [100, 5, 'ALARM'],
    [100, 4, 'OK'],
    [100, 0, 'OK'],
    [9, 9, 'OK'],
    [10, 1, 'ALARM'],
    [0, 0, 'OK'],
  ])('5 percent of at least 600 requests a minute: of %i in a second, %i errors are %s', (requests, errors, state) => {
    expect(rateAlarm(requests, errors)).toBe(state);
  });

  test.each([
    [[0.1, 0.1, 0.1], 'OK'],
    [[...Array<number>(95).fill(0.1), ...Array<number>(5).fill(3)], 'OK'],
    [[...Array<number>(94).fill(0.1), ...Array<number>(6).fill(3)], 'ALARM'],
  ])('the slowest of 100 do not count for a p95, the sixth does (row %#)', (seconds, state) => {
    const metrics = new Metrics(() => 0);
    for (const each of seconds) metrics.record(`TargetResponseTime ${GROUP}`, each);
    const latency = math('1000 * seconds', ['seconds', 'TargetResponseTime', 'p95']);
    const alarm = new Alarm({ ...PLAIN, ...latency, Threshold: 2000 }, metrics, 60, () => 1000);
    expect(alarm.evaluate().state).toBe(state);
  });

  test('a percentile is within two percent of the value', () => {
    const metrics = new Metrics(() => 0);
    for (let ms = 1; ms <= 1000; ms++) metrics.record('latency', ms / 1000);
    expect(metrics.read('latency', 1, 1, 'p95')).toBeGreaterThan(0.95 * 0.98);
    expect(metrics.read('latency', 1, 1, 'p95')).toBeLessThan(0.95 * 1.02);
  });

  test('what cannot be evaluated is refused, not taken for quiet', () => {
    const refuse = (change: Partial<AlarmProperties>) => () => stateAfter([], change);

    expect(refuse({ Statistic: 'IQM' })).toThrow('no statistic "IQM"');
    expect(refuse({ MetricName: undefined, Metrics: [{ Id: 'x', Expression: 'ANOMALY_DETECTION_BAND(a)' }] })).toThrow(
      'cannot evaluate',
    );
  });
});
