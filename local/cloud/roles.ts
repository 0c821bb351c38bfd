import type { Assembly } from '../assembly';
import { evaluate, requireKnown } from './iam';
import type { Decision, PolicyDocument } from './iam';
import type { Principal } from './model';

/** The principal of the command line and the theatre; access key id `operator`. It may do everything. */
export const OPERATOR: Principal = { name: 'operator' };

/**
 * The principal of an access key id. Before people have accounts here, whoever calls says by the key who they are:
 * `operator.ann%40example.com` is the user ann@example.com, who may do what {@link OPERATOR} may.
 */
export function principalOfKey(principals: ReadonlyMap<string, Principal>, accessKeyId: string): Principal | undefined {
  const person = new RegExp(`^${OPERATOR.name}\\.(.+)$`).exec(accessKeyId)?.[1];
  return person === undefined ? principals.get(accessKeyId) : { name: decodeURIComponent(person) };
}

/** Access key id → principal: every Lambda function of the assembly under its name, and {@link OPERATOR}. */
export function principalsOf(assembly: Assembly): Map<string, Principal> {
  const principals = new Map<string, Principal>([[OPERATOR.name, OPERATOR]]);
  for (const { physicalId: name, properties } of assembly.resources('AWS::Lambda::Function')) {
    principals.set(name, { name, roleArn: properties.Role });
  }
  return principals;
}

/** Whether a principal may do an action on a resource. */
export type Allows = (
  principal: Principal,
  action: string,
  resource: string,
  context?: Readonly<Record<string, string>>,
) => Decision;

/**
 * Evaluates the synthesised identity policies of a principal's role: inline ones, `AWS::IAM::Policy`, managed policies
 * of the template, and the few of AWS in {@link AWS_MANAGED}. Each role's policies are read when first asked for.
 */
export function policiesOf(assembly: Assembly): Allows {
  const known = new Map<string, PolicyDocument[]>();
  return (principal, action, resource, context) => {
    if (principal.roleArn === undefined) return { allowed: true, reason: `${principal.name} may do everything` };
    let policies = known.get(principal.roleArn);
    if (!policies) known.set(principal.roleArn, (policies = readPolicies(assembly, principal.roleArn)));
    const verdict = evaluate(policies, { action, resource, context });
    return { allowed: verdict === 'allowed', reason: explain(verdict, principal, action, resource) };
  };
}

function explain(verdict: string, principal: Principal, action: string, resource: string): string {
  const who = (principal.roleArn ?? '').replace(':iam:', ':sts:').replace(':role/', ':assumed-role/');
  const why =
    verdict === 'explicit deny'
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${action} action`;
  return `User: ${who}/${principal.name} is not authorized to perform: ${action} on resource: ${resource} ${why}`;
}

function readPolicies(assembly: Assembly, roleArn: string): PolicyDocument[] {
  const role = assembly.find('AWS::IAM::Role', (candidate) => assembly.attribute(candidate, 'Arn') === roleArn);
  const where = `role ${role.physicalId}`;
  if (role.properties.PermissionsBoundary)
    throw new Error(`${where} has a permissions boundary: the local mode knows none`);
  const policies: PolicyDocument[] = (role.properties.Policies ?? []).map((policy: Inline) => policy.PolicyDocument);
  for (const { properties } of assembly.resources('AWS::IAM::Policy')) {
    if (properties.Roles?.includes(role.physicalId)) policies.push(properties.PolicyDocument);
  }
  const attached: string[] = role.properties.ManagedPolicyArns ?? [];
  for (const managed of assembly.resources('AWS::IAM::ManagedPolicy')) {
    const named = attached.includes(managed.physicalId) || managed.properties.Roles?.includes(role.physicalId);
    if (named) policies.push(managed.properties.PolicyDocument);
  }
  for (const arn of attached.filter((candidate) => candidate.includes(':iam::aws:policy/'))) {
    const policy = AWS_MANAGED[arn.split('/').at(-1) ?? ''];
    if (!policy)
      throw new Error(`${where} has the AWS-managed policy ${arn}, which the local mode does not know: add it`);
    policies.push(policy);
  }
  for (const policy of policies) requireKnown(policy, where);
  return policies;
}

interface Inline {
  readonly PolicyDocument: PolicyDocument;
}

const LOGS = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];

/** The AWS-managed policies that CDK gives Lambda roles, by name. */
const AWS_MANAGED: Readonly<Record<string, PolicyDocument>> = {
  AWSLambdaBasicExecutionRole: { Statement: { Effect: 'Allow', Action: LOGS, Resource: '*' } },
  AWSLambdaVPCAccessExecutionRole: {
    Statement: {
      Effect: 'Allow',
      Action: [
        ...LOGS,
        'ec2:CreateNetworkInterface',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSubnets',
        'ec2:DeleteNetworkInterface',
        'ec2:AssignPrivateIpAddresses',
        'ec2:UnassignPrivateIpAddresses',
      ],
      Resource: '*',
    },
  },
  AWSXRayDaemonWriteAccess: {
    Statement: {
      Effect: 'Allow',
      Action: [
        'xray:PutTraceSegments',
        'xray:PutTelemetryRecords',
        'xray:GetSamplingRules',
        'xray:GetSamplingTargets',
        'xray:GetSamplingStatisticSummaries',
      ],
      Resource: '*',
    },
  },
};
