import { Aws } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';

/**
 * The addresses of S3 in the stack's region, as a peer for security group rules. The list's id differs by region and
 * CloudFormation has no name for it, so that it is asked for at deployment: that keeps rules free of 0.0.0.0/0.
 */
export class S3PrefixList extends Construct {
  readonly peer: ec2.IPeer;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const name = `com.amazonaws.${Aws.REGION}.s3`;
    const lookup = new AwsCustomResource(this, 'Lookup', {
      resourceType: 'Custom::S3PrefixList',
      installLatestAwsSdk: false,
      onUpdate: {
        service: 'ec2',
        action: 'DescribeManagedPrefixLists',
        parameters: { Filters: [{ Name: 'prefix-list-name', Values: [name] }] },
        physicalResourceId: PhysicalResourceId.of(name),
        outputPaths: ['PrefixLists.0.PrefixListId'],
      },
      policy: AwsCustomResourcePolicy.fromStatements([
        // The action knows no resources.
        new iam.PolicyStatement({ actions: ['ec2:DescribeManagedPrefixLists'], resources: ['*'] }),
      ]),
    });
    this.peer = ec2.Peer.prefixList(lookup.getResponseField('PrefixLists.0.PrefixListId'));
  }
}
