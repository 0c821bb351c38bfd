import type { Assembly } from '../../local/assembly';
import { type Access, accessOf } from '../../local/cloud/access';
import { TaskTokens } from '../../local/cloud/executions/tokens';
import { evaluate, type Statement } from '../../local/cloud/iam';
import { ACCOUNT, REGION } from './production';
import { type RecordedCall, settingsOf } from './recorded-world';

/** What a handler's role allows, statement by statement; what its log and its network interfaces need is left out. */
export function statementsOf(assembly: Assembly, handler: string): Statement[] {
  const { Role } = assembly.find(
    'AWS::Lambda::Function',
    ({ physicalId }) => physicalId === `${prefixOf(assembly)}${handler}`,
  ).properties;
  const role = assembly.find('AWS::IAM::Role', (each) => assembly.attribute(each, 'Arn') === Role);
  const attached = assembly
    .resources('AWS::IAM::Policy')
    .filter(({ properties }) => properties.Roles?.includes(role.physicalId));
  if (attached.length > 0 || role.properties.ManagedPolicyArns !== undefined || role.properties.Policies.length !== 1)
    throw new Error(`${role.physicalId} has policies beside its inline one: they have to be proven as well`);
  const statements: Statement[] = role.properties.Policies[0].PolicyDocument.Statement;
  return statements.filter(({ Action }) => !list(Action).every((action) => /^(logs:(Create|Put)|ec2:)/.test(action)));
}

/** Folders of the workflow's functions in the template. */
export function handlersOf(assembly: Assembly): string[] {
  const prefix = prefixOf(assembly);
  const functions = assembly.resources('AWS::Lambda::Function').filter(({ stack }) => stack === `${prefix}release`);
  return functions.map(({ physicalId }) => physicalId.slice(prefix.length));
}

export const allowed = (statements: readonly Statement[], need: Access): boolean =>
  evaluate([{ Statement: statements }], need) === 'allowed';

/** What the names of an environment begin with: `notes-production-`. */
const prefixOf = (assembly: Assembly) =>
  assembly
    .find('AWS::Lambda::Function', ({ physicalId }) => physicalId.endsWith('-open-release'))
    .stack.slice(0, -'release'.length);
export const list = (value: string | readonly string[] | undefined): string[] =>
  value === undefined ? [] : [value].flat();

interface Beside {
  /** Why a call needs more than the action of its name. */
  readonly because: string;
  readonly when: (call: RecordedCall) => boolean;
  readonly needs: readonly Access[];
}

/** What a service does with the caller's permissions, and what an error's name depends on. */
function besides(assembly: Assembly): Beside[] {
  const settings = settingsOf(assembly);
  const key = (type: string, property: string, match: (physicalId: string) => boolean): string => {
    const { properties } = assembly.find(type, ({ physicalId }) => match(physicalId));
    return property.split('.').reduce((value, name) => value?.[name], properties) as unknown as string;
  };
  const decrypt = (resource: string, service: string, ...actions: string[]) =>
    ['Decrypt', ...actions].map((action) => ({
      action: `kms:${action}`,
      resource,
      context: { 'kms:ViaService': `${service}.${REGION}.amazonaws.com` },
    }));
  const stream = assembly.attribute(assembly.find('AWS::DynamoDB::Table'), 'StreamArn');
  const topicKey = key('AWS::SNS::Topic', 'KmsMasterKeyId', (id) => id === settings.TOPIC_ARN);
  const tableKey = key('AWS::DynamoDB::Table', 'SSESpecification.KMSMasterKeyId', (id) => id === settings.LEDGER_TABLE);
  const databaseKey = key('AWS::RDS::DBInstance', 'KmsKeyId', (id) => id === settings.DATABASE_INSTANCE_ID);
  const family = `${prefixOf(assembly)}migrate`;
  const taskRoles = assembly
    .resources('AWS::ECS::TaskDefinition')
    .filter(({ properties }) => properties.Family === family)
    .flatMap(({ properties }) => [properties.TaskRoleArn, properties.ExecutionRoleArn] as string[]);
  return [
    {
      because: 'DynamoDB reads and writes an encrypted table with a key that the caller may use',
      when: ({ service }) => service === 'dynamodb',
      needs: decrypt(tableKey, 'dynamodb'),
    },
    {
      because: 'Lambda reads the stream of the encrypted ledger with the role of the function that it calls',
      when: ({ handler }) => handler === 'emit-events',
      needs: [
        ...['DescribeStream', 'GetRecords', 'GetShardIterator'].map((name) => ({
          action: `dynamodb:${name}`,
          resource: stream,
        })),
        { action: 'dynamodb:ListStreams', resource: '*' },
        ...decrypt(tableKey, 'dynamodb'),
      ],
    },
    {
      because: 'SNS encrypts a message with a data key that the caller may make',
      when: ({ service }) => service === 'sns',
      needs: decrypt(topicKey, 'sns', 'GenerateDataKey'),
    },
    {
      because: 'S3 tells that a version was never published (NoSuchKey) only to who may list the bucket',
      when: ({ operation, input }) => operation === 'GetObject' && input.Key.startsWith('versions/'),
      needs: [{ action: 's3:ListBucket', resource: `arn:aws:s3:::${settings.ARTIFACT_BUCKET}` }],
    },
    {
      because: 'the first scalable target of an account makes the service-linked role',
      when: ({ operation, input }) => operation === 'RegisterScalableTarget' && input.MinCapacity !== undefined,
      needs: [
        {
          action: 'iam:CreateServiceLinkedRole',
          resource: `arn:aws:iam::${ACCOUNT}:role/aws-service-role/${SCALING}/AWSServiceRoleForApplicationAutoScaling_ECSService`,
          context: { 'iam:AWSServiceName': SCALING },
        },
      ],
    },
    {
      because: 'RDS opens the encrypted storage of a restored instance with a grant that the caller may make',
      when: ({ operation }) => operation.startsWith('RestoreDBInstance'),
      needs: grants(databaseKey, REGION),
    },
    {
      because: 'ECS gives a task the roles of its definition, which the caller must be allowed to pass',
      when: ({ operation }) => operation === 'RunTask',
      needs: taskRoles.map((resource) => ({
        action: 'iam:PassRole',
        resource,
        context: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
      })),
    },
    {
      because: 'a copy in another region is encrypted with a key of there',
      when: ({ operation }) => operation === 'CopyDBSnapshot',
      needs: grants(`arn:aws:kms:eu-west-1:${ACCOUNT}:key/copies`, 'eu-west-1'),
    },
  ];
}

/** What RDS does with a key in the caller's name. */
function grants(resource: string, region: string): Access[] {
  const context = { 'kms:ViaService': `rds.${region}.amazonaws.com` };
  return ['kms:CreateGrant', 'kms:DescribeKey'].map((action) => ({ action, resource, context }));
}

const SCALING = 'ecs.application-autoscaling.amazonaws.com';

/** Everything that a handler's calls need, each need once. */
export function needsOf(assembly: Assembly, calls: readonly RecordedCall[]): Map<string, Access[]> {
  const rules = besides(assembly);
  const settings = settingsOf(assembly);
  const tokens = new TaskTokens();
  const needs = new Map<string, Map<string, Access>>();
  for (const call of calls) {
    const { handler, service, operation } = call;
    // The world's tokens do not say whose they are; those of AWS do.
    const { taskToken } = call.input as { taskToken?: string };
    const machine = taskToken?.includes('-migrate-')
      ? settings.MIGRATION_MACHINE_ARN
      : taskToken?.includes('-restore-')
        ? settings.RESTORE_MACHINE_ARN
        : settings.STATE_MACHINE_ARN;
    const input = taskToken ? { ...call.input, taskToken: tokens.mint(machine as string) } : call.input;
    const own = accessOf(service, operation, input, { account: ACCOUNT, region: REGION });
    const more = rules.filter(({ when }) => when(call)).flatMap((rule) => rule.needs);
    const of = needs.get(handler) ?? new Map<string, Access>();
    for (const need of [...own, ...more]) of.set(JSON.stringify(need), need);
    needs.set(handler, of);
  }
  return new Map([...needs].map(([handler, of]) => [handler, [...of.values()]]));
}
