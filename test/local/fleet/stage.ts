import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Assembly, Resource } from '../../../local/assembly';
import type { Operation, ServiceName } from '../../../local/cloud/model';
import { Fleets } from '../../../local/fleet';

/** Programs that stand for images. Each answers its name in `x-image`; `/ready` is the health check's path. */
const PROGRAMS = {
  good: `ok`,
  better: `ok`,
  sick: `path === '/ready' ? 503 : 200`,
  crashing: `ok`,
  slow: `ok`,
};
export type Program = keyof typeof PROGRAMS;

function programText(name: Program): string {
  return `
const http = require('node:http');
${name === 'crashing' ? `console.error('cannot start: no table'); process.exit(3);` : ''}
const server = http.createServer((request, response) => {
  const path = request.url.split('?')[0];
  const ok = 200;
  response.setHeader('x-image', '${name}');
  response.setHeader('x-secret', process.env.PASSWORD ?? '');
  if (path === '/exit') process.exit(9);
  if (path === '/500') { response.statusCode = 500; return response.end(); }
  if (path === '/hold') return setTimeout(() => response.end('held'), 700);
  response.statusCode = ${PROGRAMS[name]};
  let body = '';
  request.on('data', (chunk) => (body += chunk)).on('end', () => response.end(body || request.url));
});
server.keepAliveTimeout = 75000;
server.listen(Number(process.env.PORT), process.env.HOST, () => console.log('listening as ${name}'));
process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;
}

const ARN = 'arn:aws:elasticloadbalancing:eu-central-1:111122223333';
const GROUP = `${ARN}:targetgroup/notes-blue/1`;
export const BALANCER = `${ARN}:loadbalancer/app/notes-blue/2`;
const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:notes-AbCdEf';
export const DNS_NAME = 'internal-notes-blue.example';

/** A fleet of one color with its template, as small as can be. */
export class Stage {
  private readonly directory = mkdtempSync(join(tmpdir(), 'greenroom-fleet-'));
  readonly fleets: Fleets;

  constructor(image: Program = 'good', overrides: Record<string, Record<string, unknown>> = {}) {
    const images = new Map(Object.keys(PROGRAMS).map((name) => [`repo:${name}`, this.write(name as Program)]));
    this.fleets = new Fleets({
      assembly: smallAssembly(overrides),
      image: (reference) => images.get(reference),
      secret: (arn) => (arn === SECRET ? JSON.stringify({ password: 'from the secret' }) : undefined),
      speed: 60,
    });
    this.register(image);
    this.fleets.startServices();
  }

  /** Registers a revision of the color's family that runs `image`. */
  register(image: Program): string {
    return this.fleets.definitions.register({
      family: 'notes-blue',
      containerDefinitions: [
        {
          name: 'app',
          image: `repo:${image}`,
          portMappings: [{ containerPort: 8080 }],
          secrets: [{ name: 'PASSWORD', valueFrom: `${SECRET}:password::` }],
          logConfiguration: {
            logDriver: 'awslogs',
            options: { 'awslogs-group': '/notes/blue', 'awslogs-stream-prefix': 'blue' },
          },
        },
      ],
    }).taskDefinitionArn;
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- answers of many operations
  call(service: ServiceName, operation: string, input: object): Promise<any> {
    const found = this.fleets.models[service]?.[operation] as Operation;
    return found(input, { name: 'operator' });
  }

  ecs(operation: string, input: object = {}) {
    return this.call('ecs', operation, { cluster: 'notes', ...input });
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- the SDK's Service, all members of which are optional
  async service(): Promise<any> {
    return (await this.ecs('DescribeServices', { services: ['notes-blue'] })).services[0];
  }

  async states(): Promise<string[]> {
    const answer = await this.call('elastic-load-balancing-v2', 'DescribeTargetHealth', { TargetGroupArn: GROUP });
    return answer.TargetHealthDescriptions.map(
      (each: { TargetHealth: { State: string } }) => each.TargetHealth.State,
    ).sort();
  }

  /** Waits until the service's only deployment has this state and its tasks are healthy. */
  async settled(rolloutState = 'COMPLETED'): Promise<void> {
    await until(async () => {
      const { deployments, desiredCount } = await this.service();
      if (deployments[0].rolloutState !== rolloutState) return false;
      if (rolloutState === 'FAILED') return true;
      const healthy = (await this.states()).filter((state) => state === 'healthy');
      return deployments.length === 1 && healthy.length === desiredCount;
    }, `a ${rolloutState} deployment`);
  }

  async close(): Promise<void> {
    await this.fleets.close();
    rmSync(this.directory, { recursive: true });
  }

  private write(name: Program) {
    const entry = join(this.directory, `${name}.cjs`);
    writeFileSync(entry, programText(name));
    return { directory: this.directory, entry, digest: `sha256:${name}` };
  }
}

/** Polls until `condition` holds. @throws Error naming what was waited for after 20 s */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited 20 s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

function smallAssembly(overrides: Record<string, Record<string, unknown>>): Assembly {
  const resource = (type: string, logicalId: string, physicalId: string, properties: object): Resource => ({
    stack: 'fleet',
    logicalId,
    type,
    physicalId,
    properties: { ...properties, ...overrides[logicalId] },
  });
  const all = [
    resource('AWS::ECS::Cluster', 'Cluster', 'notes', {}),
    resource('AWS::Logs::LogGroup', 'Log', '/notes/blue', {}),
    resource('AWS::ElasticLoadBalancingV2::LoadBalancer', 'Balancer', BALANCER, {}),
    resource('AWS::ElasticLoadBalancingV2::Listener', 'Listener', 'listener', {
      LoadBalancerArn: BALANCER,
      DefaultActions: [{ Type: 'forward', TargetGroupArn: GROUP }],
    }),
    resource('AWS::ElasticLoadBalancingV2::TargetGroup', 'Group', GROUP, {
      HealthCheckPath: '/ready',
      HealthCheckIntervalSeconds: 10,
      HealthyThresholdCount: 2,
      UnhealthyThresholdCount: 2,
      Matcher: { HttpCode: '200' },
    }),
    resource('AWS::ECS::Service', 'Service', 'service', {
      ServiceName: 'notes-blue',
      TaskDefinition: 'notes-blue',
      DeploymentConfiguration: {
        MinimumHealthyPercent: 100,
        MaximumPercent: 200,
        DeploymentCircuitBreaker: { Enable: true, Rollback: false },
      },
      HealthCheckGracePeriodSeconds: 10,
      LoadBalancers: [{ ContainerName: 'app', ContainerPort: 8080, TargetGroupArn: GROUP }],
    }),
    resource('AWS::CloudWatch::Alarm', 'Errors', 'notes-blue-5xx', {
      Namespace: 'AWS/ApplicationELB',
      MetricName: 'HTTPCode_Target_5XX_Count',
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 2,
      DatapointsToAlarm: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
      Dimensions: [
        { Name: 'LoadBalancer', Value: 'app/notes-blue/2' },
        { Name: 'TargetGroup', Value: 'targetgroup/notes-blue/1' },
      ],
    }),
  ];
  return {
    account: '111122223333',
    region: 'eu-central-1',
    stacks: ['fleet'],
    resources: (type) => all.filter((each) => type === undefined || each.type === type),
    find: (type) => all.find((each) => each.type === type) as Resource,
    outputs: () => ({}),
    attribute: (each, name) =>
      name === 'DNSName' ? DNS_NAME : `arn:aws:ecs:eu-central-1:111122223333:${each.logicalId.toLowerCase()}/notes`,
    assetPath: () => '',
  };
}
