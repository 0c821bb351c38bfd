import { Match, type Template } from 'aws-cdk-lib/assertions';
import { all, only } from './base-stacks';
import { fleetAndEdge } from './fleet-edge-stacks';

// Bundles are another test's business, and take time.
jest.mock('../../lib/constructs/handlers', () => ({
  handlerCode: () => jest.requireActual('aws-cdk-lib/aws-lambda').Code.fromInline('exports.handler = () => undefined;'),
}));

const blueGreen = fleetAndEdge({ name: 'production' });
const rolling = fleetAndEdge({ name: 'dev', strategy: 'rolling' });
const { fleet } = blueGreen;

/** Resources of a type by a name in their properties. */
function named(template: Template, type: string, property: string): Record<string, Record<string, unknown>> {
  return Object.fromEntries(all(template, type).map((properties) => [properties[property], properties]));
}

describe('the services', () => {
  const services = named(fleet, 'AWS::ECS::Service', 'ServiceName');

  it('are one for each color', () => {
    expect(Object.keys(services).sort()).toEqual(['shop-production-blue', 'shop-production-green']);
  });

  it.each(['blue', 'green'])(
    '%s runs its own family by its bare name, at a size that the template does not know',
    (color) => {
      const service = services[`shop-production-${color}`];
      expect(service).toMatchObject({ TaskDefinition: `shop-production-${color}` });
      expect(service).not.toHaveProperty('DesiredCount');
      fleet.resourceCountIs('AWS::ApplicationAutoScaling::ScalableTarget', 0);
    },
  );

  it.each(['blue', 'green'])('%s breaks a bad deployment off and leaves recovery to the workflow', (color) => {
    expect(services[`shop-production-${color}`]).toMatchObject({
      DeploymentConfiguration: {
        DeploymentCircuitBreaker: { Enable: true, Rollback: false },
        MinimumHealthyPercent: 100,
        MaximumPercent: 200,
      },
      HealthCheckGracePeriodSeconds: 60,
      NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: 'DISABLED' } },
    });
  });

  it.each(['blue', 'green'])('%s waits for the first revision of its family', (color) => {
    const revisions = fleet.findResources('Custom::FirstRevision', { Properties: { Color: color } });
    fleet.hasResource('AWS::ECS::Service', {
      Properties: { ServiceName: `shop-production-${color}` },
      DependsOn: Match.arrayWith([Object.keys(revisions)[0]]),
    });
  });

  it('with the strategy rolling are blue alone, of the same shape', () => {
    const [service, ...others] = all(rolling.fleet, 'AWS::ECS::Service');
    expect(others).toEqual([]);
    expect(service).toMatchObject({ ServiceName: 'shop-dev-blue', TaskDefinition: 'shop-dev-blue' });
    expect(rolling.fleetStack.fleets.green).toBeUndefined();
    rolling.fleet.resourceCountIs('AWS::ElasticLoadBalancingV2::LoadBalancer', 1);
  });
});

describe('the first revisions', () => {
  it.each(['blue', 'green'])('put the placeholder into the family of %s', (color) => {
    fleet.hasResourceProperties('Custom::FirstRevision', {
      Color: color,
      Family: `shop-production-${color}`,
      TemplateFamily: 'shop-production-template',
      ContainerName: 'web',
      HealthPaths: '/health/live,/health/ready',
      Image: { 'Fn::Sub': Match.stringLikeRegexp('container-assets') },
    });
  });

  it('may register revisions of the colors only, and pass the roles of tasks to ECS only', () => {
    const [role] = all(fleet, 'AWS::IAM::Role').filter(({ Policies }) => Policies !== undefined);
    const statements: { Action: string | string[]; Resource: unknown; Condition?: unknown }[] =
      role.Policies[0].PolicyDocument.Statement;
    const of = (action: string) => statements.filter(({ Action }) => [Action].flat().includes(action));
    expect(JSON.stringify(of('ecs:RegisterTaskDefinition'))).toMatch(
      /shop-production-blue:\*.*shop-production-green:\*/,
    );
    expect(of('iam:PassRole')).toEqual([
      expect.objectContaining({ Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } } }),
    ]);
    const anywhere = statements.filter(({ Resource }) => Resource === '*').flatMap(({ Action }) => Action);
    expect(anywhere.sort()).toEqual(['ecs:DescribeTaskDefinition', 'ecs:ListTaskDefinitions']);
  });
});

describe('the template family', () => {
  const definition = only(fleet, 'AWS::ECS::TaskDefinition');
  const [container] = definition.ContainerDefinitions;
  const variable = (name: string) =>
    container.Environment.find((each: { Name: string; Value: unknown }) => each.Name === name)?.Value;

  it('belongs to CDK and to neither color', () => {
    expect(definition.Family).toBe('shop-production-template');
    expect(blueGreen.fleetStack.templateFamily).toBe('shop-production-template');
  });

  it('is confined: no root, no writable image, no capabilities', () => {
    expect(container).toMatchObject({
      Name: 'web',
      User: '1000:1000',
      ReadonlyRootFilesystem: true,
      LinuxParameters: { Capabilities: { Drop: ['ALL'] } },
      StopTimeout: 45,
    });
  });

  it('asks the process itself whether it is alive', () => {
    expect(container.HealthCheck.Command.join(' ')).toContain('http://127.0.0.1:9000/health/live');
  });

  it('maps the port that gets the requests first, and what else the application listens on', () => {
    const container = { port: 9000, additionalPorts: [9090] };
    const { fleet: more } = fleetAndEdge({ name: 'test' }, { container });
    const [{ PortMappings }] = only(more, 'AWS::ECS::TaskDefinition').ContainerDefinitions;
    expect(PortMappings.map(({ ContainerPort }: { ContainerPort: number }) => ContainerPort)).toEqual([9000, 9090]);
  });

  it('tells the container where to listen and where its database is, and keeps the credentials secret', () => {
    expect(variable('PORT')).toBe('9000');
    expect(variable('DATABASE_NAME')).toBe('shop');
    for (const name of ['DATABASE_HOST', 'DATABASE_PORT']) expect(variable(name)).toHaveProperty('Fn::ImportValue');
    const secrets = container.Secrets.map(
      ({ Name, ValueFrom }: { Name: string; ValueFrom: { 'Fn::Join': unknown[] } }) => [
        Name,
        JSON.stringify(ValueFrom).match(/:(\w+)::/)?.[1],
      ],
    );
    expect(secrets).toEqual([
      ['DATABASE_USER', 'username'],
      ['DATABASE_PASSWORD', 'password'],
    ]);
    for (const name of ['DATABASE_USER', 'DATABASE_PASSWORD']) expect(variable(name)).toBeUndefined();
  });

  it('tells the container how it learns whether its color is live', () => {
    expect(variable('GREENROOM_LIVE')).toBe('edge');
    const { Environment } = only(rolling.fleet, 'AWS::ECS::TaskDefinition').ContainerDefinitions[0];
    expect(Environment).toContainEqual({ Name: 'GREENROOM_LIVE', Value: 'always' });
  });

  it('takes the variables of the configuration, but not over its own', () => {
    const { fleet: changed } = fleetAndEdge(
      { name: 'test' },
      { container: { environment: { LOCALE: 'de', FLAVOUR: 'x' } } },
    );
    const names = only(changed, 'AWS::ECS::TaskDefinition').ContainerDefinitions[0].Environment.map(
      ({ Name }: { Name: string }) => Name,
    );
    expect(names).toEqual([
      'LOCALE',
      'FLAVOUR',
      'PORT',
      'DATABASE_HOST',
      'DATABASE_PORT',
      'DATABASE_NAME',
      'GREENROOM_LIVE',
    ]);
  });
});

describe('what running revisions refer to (promise P7)', () => {
  const kept = { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' };

  it.each(['task', 'execution'])('the %s role has a fixed name and stays', (role) => {
    fleet.hasResource('AWS::IAM::Role', { ...kept, Properties: { RoleName: `shop-production-${role}` } });
  });

  it.each(['blue', 'green'])('the log group of %s has a fixed name and stays', (color) => {
    fleet.hasResource('AWS::Logs::LogGroup', {
      ...kept,
      Properties: { LogGroupName: `/greenroom/shop-production/${color}` },
    });
  });

  const { fleet: before } = fleetAndEdge({ name: 'test' }, { container: {} });
  it.each([
    ['the memory', { container: { cpu: 1024, memory: 4096 } }],
    ['a variable', { container: { environment: { LOCALE: 'de' } } }],
    ['the paths', { container: { livenessPath: '/alive' } }],
  ])('a change of %s changes the template family and neither service', (_title, change) => {
    const after = fleetAndEdge({ name: 'test' }, change).fleet;
    expect(all(after, 'AWS::ECS::TaskDefinition')).not.toEqual(all(before, 'AWS::ECS::TaskDefinition'));
    expect(all(after, 'AWS::ECS::Service')).toEqual(all(before, 'AWS::ECS::Service'));
  });
});

describe('the load balancers', () => {
  const attributes = (properties: { LoadBalancerAttributes: { Key: string; Value: unknown }[] }) =>
    Object.fromEntries(properties.LoadBalancerAttributes.map(({ Key, Value }) => [Key, Value]));

  it.each(['blue', 'green'])('%s is internal, strict about headers and logs what it served', (color) => {
    const balancer = named(fleet, 'AWS::ElasticLoadBalancingV2::LoadBalancer', 'Name')[`shop-production-${color}`];
    expect(balancer).toMatchObject({ Scheme: 'internal' });
    expect(attributes(balancer as never)).toMatchObject({
      'routing.http.drop_invalid_header_fields.enabled': 'true',
      'access_logs.s3.enabled': 'true',
      'access_logs.s3.prefix': color,
      'deletion_protection.enabled': 'true',
    });
  });

  it('outside production can be deleted', () => {
    const [balancer] = all(rolling.fleet, 'AWS::ElasticLoadBalancingV2::LoadBalancer');
    expect(attributes(balancer)).toMatchObject({ 'deletion_protection.enabled': 'false' });
  });

  it('let nobody in by themselves, and reach the tasks on the port of the container alone', () => {
    fleet.resourceCountIs('AWS::EC2::SecurityGroup', 0);
    const group = (name: string) => ({ 'Fn::ImportValue': expect.stringContaining(`${name}SecurityGroup`) });
    const port = { IpProtocol: 'tcp', FromPort: 9000, ToPort: 9000 };
    expect(only(fleet, 'AWS::EC2::SecurityGroupIngress')).toMatchObject({
      ...port,
      GroupId: group('Task'),
      SourceSecurityGroupId: group('LoadBalancer'),
    });
    expect(only(fleet, 'AWS::EC2::SecurityGroupEgress')).toMatchObject({
      ...port,
      GroupId: group('LoadBalancer'),
      DestinationSecurityGroupId: group('Task'),
    });
  });

  it('ask for readiness, and let go of a task within seconds', () => {
    for (const group of all(fleet, 'AWS::ElasticLoadBalancingV2::TargetGroup')) {
      expect(group).toMatchObject({ HealthCheckPath: '/health/ready', Port: 80, TargetType: 'ip' });
      expect(group.TargetGroupAttributes).toContainEqual({ Key: 'deregistration_delay.timeout_seconds', Value: '30' });
    }
  });
});

describe('the alarms', () => {
  const alarms = named(fleet, 'AWS::CloudWatch::Alarm', 'AlarmName');

  it.each(['blue', 'green'])('of %s watch its own target group with plain metrics', (color) => {
    const { loadBalancer, targetGroup } = blueGreen.fleetStack.fleets[color as 'blue' | 'green']!;
    const logical = (each: { node: { defaultChild?: unknown } }) =>
      blueGreen.fleetStack.getLogicalId(each.node.defaultChild as never);
    const common = {
      Namespace: 'AWS/ApplicationELB',
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
      Period: 60,
      EvaluationPeriods: 1,
      Dimensions: [
        { Name: 'LoadBalancer', Value: { 'Fn::GetAtt': [logical(loadBalancer), 'LoadBalancerFullName'] } },
        { Name: 'TargetGroup', Value: { 'Fn::GetAtt': [logical(targetGroup), 'TargetGroupFullName'] } },
      ],
    };
    expect(alarms[`shop-production-${color}-5xx`]).toMatchObject({
      ...common,
      MetricName: 'HTTPCode_Target_5XX_Count',
      Statistic: 'Sum',
      Threshold: 5,
    });
    expect(alarms[`shop-production-${color}-unhealthy`]).toMatchObject({
      ...common,
      MetricName: 'UnHealthyHostCount',
      Statistic: 'Maximum',
      Threshold: 1,
    });
    expect(alarms[`shop-production-${color}-unreachable`]).toMatchObject({
      ...common,
      MetricName: 'HTTPCode_ELB_5XX_Count',
      Dimensions: common.Dimensions.slice(0, 1),
      Statistic: 'Sum',
      Threshold: 5,
    });
    const math = { EvaluationPeriods: 1, Metrics: expect.any(Array), TreatMissingData: 'notBreaching' };
    expect(alarms[`shop-production-${color}-5xx-rate`]).toMatchObject({ ...math, Threshold: 5 });
    expect(alarms[`shop-production-${color}-latency`]).toMatchObject({
      ...math,
      EvaluationPeriods: 3,
      Threshold: 2000,
    });
  });

  it('take their thresholds from the configuration, and compute with metrics of the color’s own target group', () => {
    const { fleet: configured } = fleetAndEdge({
      name: 'test',
      alarms: { errorRate: { threshold: 2, minRequests: 50 }, latencyP95: { threshold: 800, period: '5m' } },
    });
    const own = named(configured, 'AWS::CloudWatch::Alarm', 'AlarmName');
    const metricsOf = (suffix: string) => own[`shop-test-green-${suffix}`]?.Metrics as Record<string, unknown>[];
    expect(own['shop-test-green-5xx-rate']).toMatchObject({ Threshold: 2 });
    expect(metricsOf('5xx-rate')).toContainEqual(
      expect.objectContaining({ Expression: 'IF(requests >= 50, 100 * FILL(errors, 0) / requests, 0)' }),
    );
    expect(own['shop-test-green-latency']).toMatchObject({ Threshold: 800 });
    const read = metricsOf('latency').flatMap(({ MetricStat }) => (MetricStat ? [MetricStat] : []));
    expect(read).toEqual([expect.objectContaining({ Period: 300, Stat: 'p95' })]);
    expect(JSON.stringify(read)).toContain('"TargetGroup"');
  });
});
