import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { handlerCode } from './handlers';
import { checkVariables } from './variables-limit';

export interface HandlerFunctionProps {
  readonly functionName: string;
  /** Folder under `lambda` that holds `handler.ts`. */
  readonly folder: string;
  readonly description: string;
  /** What the handler may do beside writing its log (promise P8). */
  readonly statements: iam.PolicyStatement[];
  /** @default - none */
  readonly environment?: Record<string, string>;
  /** Text by name, to lie beside the code. @default - none */
  readonly files?: Readonly<Record<string, string>>;
  /** Handlers that change something end within a minute. @default 1 minute */
  readonly timeout?: Duration;
  /** MiB. @default 256 */
  readonly memorySize?: number;
  /** Where the function sits in a network. @default - in none */
  readonly network?: { readonly vpc: ec2.IVpc; readonly securityGroup: ec2.ISecurityGroup };
}

/** A Lambda function of one of our handlers, with a role of its own that allows what it does and nothing more. */
export class HandlerFunction extends Construct {
  readonly function: lambda.Function;
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, props: HandlerFunctionProps) {
    super(scope, id);
    checkVariables(this, props.functionName, props.environment ?? {});
    const logGroup = new logs.LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${props.functionName}`,
      retention: logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      description: props.description,
      inlinePolicies: {
        work: new iam.PolicyDocument({
          statements: [
            new iam.PolicyStatement({
              actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
              resources: [logGroup.logGroupArn],
            }),
            ...(props.network ? [networkInterfaces()] : []),
            ...props.statements,
          ],
        }),
      },
    });
    this.function = new lambda.Function(this, 'Function', {
      functionName: props.functionName,
      description: props.description,
      runtime: lambda.Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: handlerCode(props.folder, props.files),
      memorySize: props.memorySize ?? 256,
      timeout: props.timeout ?? Duration.minutes(1),
      environment: props.environment,
      // Imported, so that CDK adds no managed policy for the network interfaces: they stand in the inline policy.
      role: iam.Role.fromRoleArn(this, 'RoleReference', this.role.roleArn, { mutable: false }),
      logGroup,
      ...(props.network && {
        vpc: props.network.vpc,
        vpcSubnets: { subnetGroupName: 'tasks' },
        securityGroups: [props.network.securityGroup],
      }),
    });
  }
}

/** Lambda itself creates and deletes a function's network interfaces with the function's role. */
function networkInterfaces(): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: [
      'ec2:CreateNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:DeleteNetworkInterface',
      'ec2:AssignPrivateIpAddresses',
      'ec2:UnassignPrivateIpAddresses',
    ],
    resources: ['*'],
  });
}
