import { Arn, ArnFormat, type Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** What the statements of handlers name. Texts are empty where an environment with one fleet has not the thing. */
export interface GrantTargets {
  readonly stack: Stack;
  readonly ledgerTableArn: string;
  readonly ledgerStreamArn: string;
  /** What the functions' names begin with. */
  readonly functionPrefix: string;
  readonly topicArn: string;
  /** Name, not a reference: the state machine refers to the functions already. */
  readonly stateMachineName: string;
  readonly migrationMachineName: string;
  /** Empty in an environment with one fleet. */
  readonly restoreMachineName: string;
  /** Empty in an environment with one fleet. */
  readonly routeStoreArn: string;
  readonly distributionId: string;
  /** Empty in an environment with one fleet. */
  readonly previewKeyArn: string;
  readonly clusterArn: string;
  readonly serviceArns: string[];
  /** Families that the workflow registers revisions of. */
  readonly families: string[];
  readonly taskRoleArns: string[];
  readonly logGroupArns: string[];
  readonly repositoryArn: string;
  readonly artifactBucketArn: string;
  readonly databaseInstanceId: string;
  /** What tasks sign in with, to the database and, where there is one, to the cache. */
  readonly taskSecretArns: string[];
  readonly migratorSecretArn: string;
  readonly verifierSecretArn: string;
  readonly administratorSecretArn: string;
  /** What CloudFormation's names of the database's parameter and subnet groups begin with. */
  readonly databaseGroupPrefix: string;
  readonly retireScheduleGroup: string;
  readonly retireRoleArn: string;
}

/** Something that a handler may do, as statements of its role. */
export type Grant = (t: GrantTargets) => PolicyStatement[];

export const allow = (actions: string[], resources: string[], conditions?: Record<string, Record<string, unknown>>) =>
  new PolicyStatement({ actions, resources, conditions });

/** `…:kind/name` in the stack's account and region. */
export const slashArn = (t: GrantTargets, service: string, resource: string, resourceName: string) =>
  Arn.format({ service, resource, resourceName }, t.stack);

/** `…:kind:name` in the stack's account and region. */
export const colonArn = (
  { stack }: Pick<GrantTargets, 'stack'>,
  service: string,
  resource: string,
  resourceName: string,
) => Arn.format({ service, resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME }, stack);

/** By name and not by reference: state machines and functions refer to each other. */
export const functionArn = (t: Pick<GrantTargets, 'stack' | 'functionPrefix'>, folder: string) =>
  colonArn(t, 'lambda', 'function', `${t.functionPrefix}-${folder}`);

export const hasColors = (t: GrantTargets) => t.routeStoreArn !== '';

/** For handlers of both strategies: an environment with one fleet has neither route nor preview, and does not scale. */
export const ofColors =
  (...grants: Grant[]): Grant =>
  (t) =>
    hasColors(t) ? grants.flatMap((grant) => grant(t)) : [];
