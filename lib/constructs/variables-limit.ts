import { CfnResource, type IResolvable, Reference, Stack, StringConcat, Token, Tokenization } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { readPolicy } from '../../lambda/domain/policy';
import { ConfigError } from '../config/errors';

/** Bytes that Lambda takes of a function's variables, names and values, as it measures them: written as JSON. */
const MOST = 4_096;

/** What a reference becomes is known at deployment only; these are as long as they get with names of ours. */
const ARN = 105;
/** Target groups have the longest. */
const TARGET_GROUP = 120;
const ID = 40;
const PSEUDO: Readonly<Record<string, number>> = { 'AWS::AccountId': 12, 'AWS::Partition': 6, 'AWS::Region': 14 };

/** Types whose `Ref` is an ARN. */
const REFERRED_BY_ARN = /::(Topic|Secret|SecretTargetAttachment)$/;

/** Names that the stacks give; the `Ref` of what has one is that name. */
const NAMES = ['alarmName', 'tableName', 'logGroupName', 'clusterName', 'dbInstanceIdentifier'];

/** The options behind a part of the variable `POLICY`, or behind a variable. */
const OPTIONS: Readonly<Record<string, string>> = {
  freeze: 'freeze',
  scan: 'scan.waivers',
  smoke: 'smoke',
  alarms: 'alarms.own',
  traffic: 'traffic',
  provenance: 'repository.github.branches',
  BACKUPS: 'database.backup',
  CONSOLE_CLAIMS: 'console.provider',
};

/**
 * @throws ConfigError when a function's variables would exceed what Lambda takes, naming the function and the options that
 * fill them: CloudFormation would tell so in the middle of a deployment only.
 */
export function checkVariables(
  scope: IConstruct,
  functionName: string,
  variables: Readonly<Record<string, string>>,
): void {
  const sizes = Object.entries(variables).map(([name, value]) => ({
    name,
    // Quotes, colon and comma.
    bytes: name.length + bytesOf(scope, value) + 6,
  }));
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 2);
  if (total <= MOST) return;
  const parts = [...partsOf(variables.POLICY), ...sizes]
    .flatMap(({ name, bytes }) => (OPTIONS[name] ? [{ option: OPTIONS[name], bytes }] : []))
    .sort((one, other) => other.bytes - one.bytes)
    .slice(0, 3);
  const filled = parts.map(({ option, bytes }) => `${option} (${bytes} bytes)`).join(', ');
  throw new ConfigError([
    {
      path: `function ${functionName}`,
      message: `its environment variables would have ${total} bytes, Lambda takes ${MOST}; most of what can be shortened is in ${filled}`,
    },
  ]);
}

/** Members of the policy, which is one variable; packed, they take less. */
function partsOf(policy: string | undefined): { name: string; bytes: number }[] {
  if (policy === undefined) return [];
  return Object.entries(readPolicy(policy)).map(([name, value]) => ({ name, bytes: inJson(JSON.stringify(value)) }));
}

/** Of a value inside of JSON, without the quotes around it. */
function bytesOf(scope: IConstruct, value: string): number {
  const text = Tokenization.reverseString(value)
    .mapTokens({ mapToken: (token) => 'x'.repeat(lengthOf(scope, token)) })
    .join(new StringConcat());
  return inJson(text as string);
}

function inJson(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}

function lengthOf(scope: IConstruct, token: IResolvable): number {
  if (!Reference.isReference(token) || !CfnResource.isCfnResource(token.target)) {
    return lengthOfIntrinsic(Stack.of(scope).resolve(token));
  }
  const { target, displayName } = token;
  if (displayName !== 'Ref') return /Arn$/.test(displayName) ? ARN : ID;
  const properties = target as unknown as Readonly<Record<string, unknown>>;
  const name = NAMES.map((each) => properties[each]).find((each) => typeof each === 'string') as string | undefined;
  if (name !== undefined && !Token.isUnresolved(name)) return name.length;
  if (target.cfnResourceType.endsWith('::TargetGroup')) return TARGET_GROUP;
  return REFERRED_BY_ARN.test(target.cfnResourceType) ? ARN : ID;
}

/** What is left when a token is no reference to a resource, for example the region, or a whole object as JSON. */
function lengthOfIntrinsic(value: unknown): number {
  if (typeof value === 'string') return inJson(value);
  if (Array.isArray(value)) return value.reduce((sum: number, each) => sum + lengthOfIntrinsic(each), 0);
  if (typeof value !== 'object' || value === null) return String(value).length;
  const [[name, argument] = ['', '']] = Object.entries(value);
  if (name === 'Fn::Join') return lengthOfIntrinsic((argument as [string, unknown[]])[1]);
  return PSEUDO[String(argument)] ?? ID;
}
