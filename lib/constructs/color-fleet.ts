import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Color } from '../../lambda/domain/color';
import type { AlarmThreshold, ContainerConfig } from '../config';
import { resourceName } from '../names';
import { sendAccessLogs } from './access-logs';

export interface ColorFleetProps {
  readonly application: string;
  readonly environment: string;
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
  readonly alarms: { readonly errors5xx: AlarmThreshold; readonly unhealthyHosts: AlarmThreshold };
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
    this.alarms = [
      this.alarm('Errors', `${this.serviceName}-5xx`, props.alarms.errors5xx, {
        metricName: 'HTTPCode_Target_5XX_Count',
        statistic: 'Sum',
        description: `The tasks of ${this.serviceName} answer with server errors`,
      }),
      this.alarm('Unhealthy', `${this.serviceName}-unhealthy`, props.alarms.unhealthyHosts, {
        metricName: 'UnHealthyHostCount',
        statistic: 'Maximum',
        description: `Tasks of ${this.serviceName} fail the load balancer's health check`,
      }),
      // A fleet without any task left has no target that could answer with an error or fail a check.
      this.alarm('Unreachable', `${this.serviceName}-unreachable`, props.alarms.errors5xx, {
        metricName: 'HTTPCode_ELB_5XX_Count',
        statistic: 'Sum',
        description: `The load balancer of ${this.serviceName} answers itself, since no task does`,
        ofLoadBalancer: true,
      }),
    ];
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
      port: props.container.port,
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

  /** A plain metric alarm: silence is good news, since a color without viewers has no metrics. */
  private alarm(
    id: string,
    alarmName: string,
    threshold: AlarmThreshold,
    metric: { metricName: string; statistic: string; description: string; ofLoadBalancer?: boolean },
  ): cloudwatch.Alarm {
    return new cloudwatch.Alarm(this, id, {
      alarmName,
      alarmDescription: metric.description,
      metric: new cloudwatch.Metric({
        namespace: 'AWS/ApplicationELB',
        metricName: metric.metricName,
        statistic: metric.statistic,
        period: Duration.seconds(threshold.period),
        dimensionsMap: {
          LoadBalancer: this.loadBalancer.loadBalancerFullName,
          ...(!metric.ofLoadBalancer && { TargetGroup: this.targetGroup.targetGroupFullName }),
        },
      }),
      threshold: threshold.threshold,
      evaluationPeriods: threshold.evaluationPeriods,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
  }
}
