import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Color } from '../../lambda/domain/color';
import type { AlarmConfig, AlarmThreshold, ContainerConfig } from '../config';
import { type Names, resourceName } from '../names';
import { describeAlarm, type RunbookSection } from '../runbook';
import { sendAccessLogs } from './access-logs';

export interface ColorFleetProps extends Names {
  readonly color: Color;
  readonly container: ContainerConfig;
  readonly cluster: ecs.ICluster;
  readonly vpc: ec2.IVpc;
  readonly subnets: ec2.SubnetSelection;
  readonly loadBalancerSecurityGroup: ec2.ISecurityGroup;
  readonly taskSecurityGroup: ec2.ISecurityGroup;
  /** Gives the service its shape; what it runs is the newest revision of the color's own family. */
  readonly template: ecs.FargateTaskDefinition;
  readonly logGroup: logs.ILogGroup;
  readonly accessLogs: s3.Bucket;
  /** Whether the load balancer refuses to be deleted. */
  readonly deletionProtection: boolean;
  readonly alarms: AlarmConfig;
}

/** Requests that a task has begun get this long after it left the load balancer. */
const DRAINING = Duration.seconds(30);

/** One color: its ECS service, its internal load balancer, its target group and its alarms. */
export class ColorFleet extends Construct {
  readonly color: Color;
  readonly service: ecs.FargateService;
  readonly serviceName: string;
  /** The task definition family that the workflow owns. */
  readonly family: string;
  readonly loadBalancer: elb.ApplicationLoadBalancer;
  readonly targetGroup: elb.ApplicationTargetGroup;
  readonly logGroup: logs.ILogGroup;
  readonly alarms: cloudwatch.Alarm[];

  constructor(scope: Construct, id: string, props: ColorFleetProps) {
    super(scope, id);
    this.color = props.color;
    this.serviceName = resourceName(props, props.color);
    this.family = this.serviceName;
    this.logGroup = props.logGroup;
    this.loadBalancer = this.createLoadBalancer(props);
    this.targetGroup = this.createTargetGroup(props);
    this.loadBalancer.addListener('Http', {
      port: 80,
      protocol: elb.ApplicationProtocol.HTTP,
      // Who may connect is the business of the edge: CloudFront's VPC origins, nobody else.
      open: false,
      defaultTargetGroups: [this.targetGroup],
    });
    this.service = this.createService(props);
    this.alarms = this.createAlarms(props);
  }

  private createLoadBalancer(props: ColorFleetProps): elb.ApplicationLoadBalancer {
    const loadBalancer = new elb.ApplicationLoadBalancer(this, 'LoadBalancer', {
      loadBalancerName: this.serviceName,
      vpc: props.vpc,
      vpcSubnets: props.subnets,
      internetFacing: false,
      securityGroup: props.loadBalancerSecurityGroup,
      dropInvalidHeaderFields: true,
      deletionProtection: props.deletionProtection,
      // Longer than CloudFront keeps an idle connection, shorter than the application does.
      idleTimeout: Duration.seconds(60),
    });
    sendAccessLogs(loadBalancer, props.accessLogs, props.color);
    return loadBalancer;
  }

  private createTargetGroup(props: ColorFleetProps): elb.ApplicationTargetGroup {
    return new elb.ApplicationTargetGroup(this, 'TargetGroup', {
      vpc: props.vpc,
      // Where targets are registered without a port; ECS names each task's. Another one would replace the target group.
      port: 80,
      protocol: elb.ApplicationProtocol.HTTP,
      targetType: elb.TargetType.IP,
      deregistrationDelay: DRAINING,
      healthCheck: {
        path: props.container.readinessPath,
        healthyHttpCodes: '200',
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 2,
      },
    });
  }

  private createService(props: ColorFleetProps): ecs.FargateService {
    // No desiredCount: sizes belong to the workflow, and an update of the stack must not touch them (promise P7).
    const service = new ecs.FargateService(this, 'Service', {
      serviceName: this.serviceName,
      cluster: props.cluster,
      taskDefinition: props.template,
      vpcSubnets: props.subnets,
      securityGroups: [props.taskSecurityGroup],
      assignPublicIp: false,
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      // Off: the workflow recovers. A rollback by ECS would put back a revision that the workflow did not choose.
      circuitBreaker: { enable: true, rollback: false },
      healthCheckGracePeriod: Duration.seconds(60),
      enableECSManagedTags: true,
      propagateTags: ecs.PropagatedTagSource.SERVICE,
    });
    const cfnService = service.node.defaultChild as ecs.CfnService;
    // The bare family name means its newest active revision, and never changes in the template.
    cfnService.taskDefinition = this.family;
    cfnService.loadBalancers = [
      {
        containerName: props.container.name,
        containerPort: props.container.port,
        targetGroupArn: this.targetGroup.targetGroupArn,
      },
    ];
    service.node.addDependency(this.targetGroup.loadBalancerAttached);
    service.applyRemovalPolicy(RemovalPolicy.DESTROY);
    return service;
  }

  /**
   * What a release onto this color listens to. They call nobody: those of an idle color ring without any viewer being
   * concerned, and those of a live one end a release, which is told of. Silence is good news: without viewers there are
   * no metrics.
   */
  private createAlarms({ alarms }: ColorFleetProps): cloudwatch.Alarm[] {
    const { errors5xx, errorRate, latencyP95, unhealthyHosts } = alarms;
    const fleet = this.serviceName;
    return [
      this.alarm('Errors', '5xx', errors5xx, this.metric('HTTPCode_Target_5XX_Count', 'Sum', errors5xx), {
        meaning: `The tasks of ${fleet} answer with server errors`,
        section: 'server-errors-of-a-color',
      }),
      this.alarm('ErrorRate', '5xx-rate', errorRate, this.errorRate(errorRate), {
        meaning: `The tasks of ${fleet} answer ${errorRate.threshold} % of their requests or more with server errors`,
        section: 'server-errors-of-a-color',
      }),
      this.alarm('Latency', 'latency', latencyP95, this.latency(latencyP95), {
        meaning: `${fleet} answers 5 of 100 requests in ${latencyP95.threshold} ms or more`,
        section: 'slow-answers-of-a-color',
      }),
      this.alarm(
        'Unhealthy',
        'unhealthy',
        unhealthyHosts,
        this.metric('UnHealthyHostCount', 'Maximum', unhealthyHosts),
        {
          meaning: `Tasks of ${fleet} fail the load balancer's health check`,
          section: 'unhealthy-tasks-of-a-color',
        },
      ),
      // A fleet without any task left has no target that could answer with an error or fail a check.
      this.alarm('Unreachable', 'unreachable', errors5xx, this.metric('HTTPCode_ELB_5XX_Count', 'Sum', errors5xx), {
        meaning: `The load balancer of ${fleet} answers itself, since no task does`,
        section: 'nobody-answers-for-a-color',
      }),
    ];
  }

  /** Few requests make any share: below the least number it is none. */
  private errorRate(threshold: AlarmConfig['errorRate']): cloudwatch.IMetric {
    return new cloudwatch.MathExpression({
      expression: `IF(requests >= ${threshold.minRequests}, 100 * FILL(errors, 0) / requests, 0)`,
      usingMetrics: {
        errors: this.metric('HTTPCode_Target_5XX_Count', 'Sum', threshold),
        requests: this.metric('RequestCount', 'Sum', threshold),
      },
      period: Duration.seconds(threshold.period),
      label: '5xx in percent',
    });
  }

  /** The load balancer measures in seconds. */
  private latency(threshold: AlarmThreshold): cloudwatch.IMetric {
    return new cloudwatch.MathExpression({
      expression: '1000 * seconds',
      usingMetrics: { seconds: this.metric('TargetResponseTime', 'p95', threshold) },
      period: Duration.seconds(threshold.period),
      label: 'p95 in milliseconds',
    });
  }

  /** A metric of this color. */
  metric(metricName: string, statistic: string, { period }: { readonly period: number }): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/ApplicationELB',
      metricName,
      statistic,
      period: Duration.seconds(period),
      dimensionsMap: {
        LoadBalancer: this.loadBalancer.loadBalancerFullName,
        // What the load balancer answers itself belongs to no target group.
        ...(!metricName.includes('_ELB_') && { TargetGroup: this.targetGroup.targetGroupFullName }),
      },
    });
  }

  private alarm(
    id: string,
    suffix: string,
    { threshold, evaluationPeriods }: AlarmThreshold,
    metric: cloudwatch.IMetric,
    { meaning, section }: { readonly meaning: string; readonly section: RunbookSection },
  ): cloudwatch.Alarm {
    return new cloudwatch.Alarm(this, id, {
      alarmName: `${this.serviceName}-${suffix}`,
      alarmDescription: describeAlarm(meaning, section),
      metric,
      threshold,
      evaluationPeriods,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
  }
}
