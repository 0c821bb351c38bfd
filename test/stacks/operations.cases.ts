import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Template } from 'aws-cdk-lib/assertions';
import { all, only } from './base-stacks';
import { sampleTemplate } from './synthesised';

const production = sampleTemplate('production', 'operations');
const rolling = sampleTemplate('dev', 'operations');
const RUNBOOK = readFileSync(join(__dirname, '..', '..', 'docs', 'runbook.md'), 'utf8');

/** As GitHub makes an anchor of a heading. */
const anchors = new Set(
  [...RUNBOOK.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  ),
);
const alarmsOf = (template: Template) => all(template, 'AWS::CloudWatch::Alarm');
const everyAlarm = ['production', 'staging', 'dev'].flatMap((environment) =>
  ['fleet', 'operations'].flatMap((stack) => alarmsOf(sampleTemplate(environment, stack))),
);

/** The dashboard's body; references stand as `?`. */
function bodyOf(template: Template): { widgets: { type: string; properties: Record<string, unknown> }[] } {
  const { DashboardBody } = only(template, 'AWS::CloudWatch::Dashboard');
  const parts = DashboardBody['Fn::Join'][1] as unknown[];
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : '?')).join(''));
}

describe('alarms', () => {
  test('each says what rings, and leads to a section of the runbook that exists', () => {
    expect(everyAlarm.length).toBeGreaterThan(30);
    for (const { AlarmName, AlarmDescription } of everyAlarm) {
      const [, meaning, anchor] = /^(.{20,}?)\. What to do: docs\/runbook\.md#(\S+)$/.exec(AlarmDescription) ?? [];
      expect([AlarmName, meaning, anchors.has(anchor as string)]).toEqual([AlarmName, expect.any(String), true]);
    }
  });

  test('of the machinery call people, and count what did not run as quiet', () => {
    expect(alarmsOf(production).map(({ AlarmName }) => AlarmName)).toEqual(
      [
        ...['recovery', 'executions', 'drift-guard', 'rotation', 'retirement'],
        ...['memory', 'evictions', 'cpu', 'nodes', 'sign-in', 'rotation'].map((each) => `cache-${each}`),
      ].map((each) => `notes-production-${each}`),
    );
    const machinery = alarmsOf(production).filter(({ AlarmName }) => !AlarmName.includes('-cache-'));
    for (const alarm of [...machinery, ...alarmsOf(rolling)]) {
      expect(alarm).toMatchObject({
        AlarmActions: [expect.anything()],
        TreatMissingData: 'notBreaching',
        Threshold: 1,
      });
    }
  });

  test('of the machinery watch functions that exist', () => {
    for (const [environment, template] of [
      ['production', production],
      ['dev', rolling],
    ] as const) {
      const stacks = environment === 'production' ? ['release', 'database', 'cache'] : ['release', 'database'];
      const functions = stacks.flatMap((stack) =>
        all(sampleTemplate(environment, stack), 'AWS::Lambda::Function').map(({ FunctionName }) => FunctionName),
      );
      const watched = alarmsOf(template).flatMap(
        ({ Dimensions = [] }) => Dimensions as { Name: string; Value: string }[],
      );
      expect(watched.length).toBeGreaterThanOrEqual(3);
      for (const { Name, Value } of watched)
        expect([Name, functions]).toEqual(['FunctionName', expect.arrayContaining([Value])]);
    }
  });

  test('count each machine’s executions however they end without success', () => {
    const alarm = alarmsOf(production).find(({ AlarmName }) => AlarmName.endsWith('-executions'));
    const names = alarm.Metrics.flatMap((each: { MetricStat?: { Metric: { MetricName: string } } }) =>
      each.MetricStat ? [each.MetricStat.Metric.MetricName] : [],
    );
    const machines = all(sampleTemplate('production', 'release'), 'AWS::StepFunctions::StateMachine').length;
    expect(names).toHaveLength(3 * machines);
    // CloudWatch's limit of an alarm.
    expect(names.length).toBeLessThanOrEqual(10);
    expect(new Set(names)).toEqual(new Set(['ExecutionsFailed', 'ExecutionsAborted', 'ExecutionsTimedOut']));
  });

  test('may publish to the topic, which is encrypted: those of this environment, through its key', () => {
    const release = sampleTemplate('production', 'release');
    const policies = [
      ...all(release, 'AWS::SNS::TopicPolicy').map(({ PolicyDocument }) => PolicyDocument),
      ...all(release, 'AWS::KMS::Key').map(({ KeyPolicy }) => KeyPolicy),
    ];
    const statements = policies.flatMap(({ Statement }) => Statement);
    const own = statements.filter(({ Principal }) => Principal?.Service === 'cloudwatch.amazonaws.com');
    expect(own.map(({ Action }) => Action)).toEqual(['sns:Publish', ['kms:Decrypt', 'kms:GenerateDataKey']]);
    for (const { Condition } of own) {
      expect(Condition.StringEquals).toEqual({ 'aws:SourceAccount': { Ref: 'AWS::AccountId' } });
    }
    expect(JSON.stringify(own[0].Condition.ArnLike)).toContain(':alarm:notes-production-*');
  });
});

describe('the dashboard', () => {
  const { widgets } = bodyOf(production);
  const titled = (title: string) => widgets.find(({ properties }) => String(properties.title).startsWith(title));
  const text = (title: string) => JSON.stringify(titled(title)?.properties.metrics);

  test('has the environment’s name', () => {
    expect(only(production, 'AWS::CloudWatch::Dashboard').DashboardName).toBe('notes-production');
  });

  test.each([
    ['Requests a minute', ['RequestCount']],
    ['5xx a minute', ['HTTPCode_Target_5XX_Count', 'HTTPCode_ELB_5XX_Count']],
    ['5xx in percent', ['100 * FILL(errors_blue, 0) / requests_blue', 'requests_green']],
    ['Latency', ['TargetResponseTime', '"p50"', '"p95"', '"p99"']],
    ['Tasks', ['HealthyHostCount', 'UnHealthyHostCount']],
    ['CPU', ['AWS/ECS', 'CPUUtilization', 'notes-production-blue', 'notes-production-green']],
    ['Memory', ['MemoryUtilization']],
    ['Releases', ['ExecutionsStarted', 'ExecutionsSucceeded', 'ExecutionsFailed']],
    ['Viewers', ['AWS/CloudFront', 'us-east-1']],
    ['Database', ['DatabaseConnections']],
    ['Backups', ['NumberOfBackupJobsCompleted', 'notes-production-daily', 'notes-production-point-in-time']],
  ])('shows %s', (title, parts) => {
    for (const part of parts) expect(text(title)).toContain(part);
  });

  test('shows blue and green by their names and in their paint', () => {
    expect(text('Requests a minute')).toMatch(/"label":"blue"[^}]*\}\].*"label":"green"|"label":"green"/);
    expect(text('Requests a minute')).toContain('"color":"#1f77b4"');
    expect(text('Requests a minute')).toContain('"color":"#2ca02c"');
  });

  test('shows the state of every alarm of the environment', () => {
    const { alarms } = titled('Alarms')!.properties as { alarms: unknown[] };
    const production = everyAlarm.filter(({ AlarmName }) => AlarmName.startsWith('notes-production-'));
    expect(alarms).toHaveLength(production.length);
  });

  test('of one fleet knows no green', () => {
    expect(JSON.stringify(bodyOf(rolling))).not.toContain('green"');
    expect(JSON.stringify(bodyOf(rolling))).toContain('notes-dev-blue');
  });
});
