import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { customResource } from '../custom-resource/respond';

/** Firewalls of CloudFront, and the stacks that make them, live in this region only. */
const cloudformation = new CloudFormationClient({ region: 'us-east-1' });

/** Output of the firewall's stack. */
export const WEB_ACL_OUTPUT = 'WebAclArn';

/** Properties of the custom resource `Custom::WebAclArn`. */
export interface WebAclArnProperties {
  /** Name of the firewall's stack in us-east-1. */
  readonly StackName: string;
}

/**
 * Reads the ARN of the web ACL from the outputs of the stack in us-east-1 that makes it: CloudFormation has no
 * references from region to region, and CDK's own need both regions at synthesis.
 */
export const handler = customResource(async (event) => {
  const { StackName } = event.ResourceProperties as unknown as WebAclArnProperties;
  if (event.RequestType === 'Delete') return { physicalId: event.PhysicalResourceId };
  const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName }));
  const arn = Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === WEB_ACL_OUTPUT)?.OutputValue;
  if (arn === undefined) {
    throw new Error(`the stack ${StackName} in us-east-1 has no output ${WEB_ACL_OUTPUT}; deploy it first`);
  }
  return { physicalId: StackName, attributes: { [WEB_ACL_OUTPUT]: arn } };
});
