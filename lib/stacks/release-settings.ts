import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type { ConsoleClaims } from '../../lambda/domain/console';
import { packPolicy } from '../../lambda/domain/policy';
import type { SettingName } from '../../lambda/domain/settings';
import { type EnvironmentConfig, type GreenroomConfig, releasePolicy } from '../config';
import type { FunctionOptions } from '../constructs/workflow/functions';
import { colonArn, functionArn, type GrantTargets } from '../constructs/workflow/grants/grant';
import type { ReleaseStackProps } from './release-props';

/** The people of the configuration, for whoever compares their names. */
const PEOPLE_FILE = 'people.json';

/** Beside the code of a handler that reads it. */
export function peopleFile({ people }: GreenroomConfig): Record<string, string> | undefined {
  return people.length === 0 ? undefined : { [PEOPLE_FILE]: JSON.stringify(people) };
}

/** Which claims say who somebody is and what they may; those of Cognito where a user pool is made. */
function consoleClaims({ provider }: NonNullable<EnvironmentConfig['console']>): ConsoleClaims {
  return provider
    ? { name: provider.nameClaim, roles: provider.rolesClaim }
    : { name: 'email', roles: 'cognito:groups' };
}

/** Environment variables of every handler; a rolling environment has no route and one fleet. */
export function handlerSettings(
  { config, environment, network, fleet, edge, registry, database }: ReleaseStackProps,
  ledger: dynamodb.ITable,
  targets: GrantTargets,
): Partial<Record<SettingName, string>> & Record<string, string> {
  const { blue, green } = fleet.fleets;
  const stateMachineArn = (name: string) => colonArn(targets, 'states', 'stateMachine', name);
  const common = {
    POLICY: packPolicy(releasePolicy(config, environment)),
    ...(config.people.length > 0 && { PEOPLE_FILE }),
    ...(environment.console && {
      FUNCTION_PREFIX: targets.functionPrefix,
      CONSOLE_CLAIMS: JSON.stringify(consoleClaims(environment.console)),
    }),
    LEDGER_TABLE: ledger.tableName,
    TOPIC_ARN: targets.topicArn,
    STATE_MACHINE_ARN: stateMachineArn(targets.stateMachineName),
    MIGRATION_MACHINE_ARN: stateMachineArn(targets.migrationMachineName),
    EDGE_URL: edge.url,
    // Without a domain of its own the console's address is known only after this stack.
    ...(environment.console?.domain && { CONSOLE_URL: `https://${environment.console.domain.name}/` }),
    DISTRIBUTION_ID: edge.distribution.distributionId,
    CLUSTER_NAME: fleet.cluster.clusterName,
    TEMPLATE_FAMILY: fleet.templateFamily,
    BLUE_SERVICE: blue.serviceName,
    BLUE_FAMILY: blue.family,
    BLUE_TARGET_GROUP_ARN: blue.targetGroup.targetGroupArn,
    BLUE_ALARMS: blue.alarms.map(({ alarmName }) => alarmName).join(','),
    BLUE_LOG_GROUP: blue.logGroup.logGroupName,
    ARTIFACT_BUCKET: registry.artifacts.bucketName,
    DATABASE_INSTANCE_ID: database.instance.instanceIdentifier,
    MIGRATOR_SECRET_ARN: database.migratorSecret.secretArn,
    VERIFIER_SECRET_ARN: database.verifierSecret.secretArn,
    VALIDATE_FUNCTION: `${targets.functionPrefix}-validate-database`,
    DATABASE_NAME: database.databaseName,
  };
  if (green === undefined || edge.liveRoute === undefined) return common;
  return {
    ...common,
    ...(environment.console && {
      BLUE_LOAD_BALANCER: blue.loadBalancer.loadBalancerFullName,
      GREEN_LOAD_BALANCER: green.loadBalancer.loadBalancerFullName,
    }),
    ROUTE_STORE_ARN: targets.routeStoreArn,
    PREVIEW_KEY_ARN: targets.previewKeyArn,
    GREEN_SERVICE: green.serviceName,
    GREEN_FAMILY: green.family,
    GREEN_TARGET_GROUP_ARN: green.targetGroup.targetGroupArn,
    GREEN_ALARMS: green.alarms.map(({ alarmName }) => alarmName).join(','),
    GREEN_LOG_GROUP: green.logGroup.logGroupName,
    RETIRE_SCHEDULE_GROUP: targets.retireScheduleGroup,
    RETIRE_FUNCTION_ARN: functionArn(targets, 'retire-idle'),
    RETIRE_ROLE_ARN: targets.retireRoleArn,
    RESTORE_MACHINE_ARN: stateMachineArn(targets.restoreMachineName),
    ADMIN_SECRET_ARN: targets.administratorSecretArn,
    CLOSED_SECURITY_GROUP_ID: network.closedSecurityGroup.securityGroupId,
  };
}

/** Variables that certain functions alone have. Lambda has room for so many only (variables-limit.ts). */
const READ_BY: readonly {
  readonly variable: RegExp;
  readonly by: (options: FunctionOptions) => boolean;
}[] = [
  { variable: /^(BLUE|GREEN|RETIRE)_/, by: ({ watchesBackups }) => !watchesBackups },
  { variable: /^(MIGRATOR|VERIFIER)_SECRET_ARN$/, by: ({ inNetwork }) => inNetwork === true },
  { variable: /^CONSOLE_CLAIMS$|_LOAD_BALANCER$/, by: ({ onlyWith }) => onlyWith === 'console' },
  {
    variable: /^MIGRATION_TASK$/,
    by: ({ onlyWith, stopsTasks }) => onlyWith === 'migration task' || stopsTasks === true,
  },
  { variable: /^BACKUPS$/, by: ({ watchesBackups }) => watchesBackups === true },
];

/** The settings that one handler gets. */
export function variablesOf(
  options: FunctionOptions,
  settings: Readonly<Record<string, string>>,
): Record<string, string> {
  const others = READ_BY.filter(({ by }) => !by(options));
  return Object.fromEntries(
    Object.entries(settings).filter(([name]) => !others.some(({ variable }) => variable.test(name))),
  );
}
