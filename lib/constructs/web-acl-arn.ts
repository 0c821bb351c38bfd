import { ArnFormat, CustomResource, Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { WEB_ACL_OUTPUT, type WebAclArnProperties } from '../../lambda/web-acl-arn/handler';
import { HandlerFunction } from './handler-function';

export interface WebAclArnProps {
  readonly functionName: string;
  /** Name of the stack in us-east-1 that makes the web ACL; it is deployed before. */
  readonly stackName: string;
}

/** The ARN of a web ACL that a stack in us-east-1 makes, whatever region this stack is in. */
export class WebAclArn extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: WebAclArnProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const handler = new HandlerFunction(this, 'Handler', {
      functionName: props.functionName,
      folder: 'web-acl-arn',
      description: 'Reads the ARN of the web ACL in us-east-1',
      timeout: Duration.minutes(1),
      statements: [
        new iam.PolicyStatement({
          actions: ['cloudformation:DescribeStacks'],
          resources: [
            stack.formatArn({
              service: 'cloudformation',
              region: 'us-east-1',
              resource: 'stack',
              resourceName: `${props.stackName}/*`,
              arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
            }),
          ],
        }),
      ],
    });
    const properties: WebAclArnProperties = { StackName: props.stackName };
    const lookup = new CustomResource(this, 'Lookup', {
      serviceToken: handler.function.functionArn,
      resourceType: 'Custom::WebAclArn',
      serviceTimeout: Duration.minutes(3),
      properties: { ...properties },
    });
    this.arn = lookup.getAttString(WEB_ACL_OUTPUT);
  }
}
