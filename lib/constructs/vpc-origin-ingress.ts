import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import type * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { VpcOriginIngressProperties } from '../../lambda/vpc-origin-ingress/handler';
import { HandlerFunction } from './handler-function';

export interface VpcOriginIngressProps {
  readonly functionName: string;
  readonly vpc: ec2.IVpc;
  readonly origins: readonly cloudfront.IVpcOrigin[];
  /** The load balancers' group, which is opened. */
  readonly securityGroup: ec2.ISecurityGroup;
  readonly port: number;
}

/**
 * Lets CloudFront's VPC origins, and nothing else, reach the load balancers. CloudFront makes a security group of its
 * own in the VPC when the first origin is created, and CloudFormation does not tell its id: a custom resource looks it
 * up by name. The managed prefix list of CloudFront would let in every customer's distribution.
 */
export class VpcOriginIngress extends Construct {
  constructor(scope: Construct, id: string, props: VpcOriginIngressProps) {
    super(scope, id);
    const handler = new HandlerFunction(this, 'Handler', {
      functionName: props.functionName,
      folder: 'vpc-origin-ingress',
      description: 'Finds the security group of the VPC origins',
      timeout: Duration.minutes(4),
      statements: [
        new iam.PolicyStatement({
          // The action knows no resources.
          actions: ['ec2:DescribeSecurityGroups'],
          resources: ['*'],
          conditions: { StringEquals: { 'ec2:Region': Stack.of(this).region } },
        }),
      ],
    });
    const properties: VpcOriginIngressProperties = {
      VpcId: props.vpc.vpcId,
      // Naming them makes the look-up wait for them, and repeats it when they are made anew.
      Origins: props.origins.map((origin) => origin.vpcOriginId),
    };
    const lookup = new CustomResource(this, 'Lookup', {
      serviceToken: handler.function.functionArn,
      resourceType: 'Custom::VpcOriginIngress',
      serviceTimeout: Duration.minutes(6),
      properties: { ...properties },
    });
    // A resource of its own, in this stack: a rule inside the group would make the network depend on the edge.
    new ec2.CfnSecurityGroupIngress(this, 'Ingress', {
      groupId: props.securityGroup.securityGroupId,
      sourceSecurityGroupId: lookup.getAttString('GroupId'),
      ipProtocol: 'tcp',
      fromPort: props.port,
      toPort: props.port,
      description: 'Requests from the distribution',
    });
  }
}
