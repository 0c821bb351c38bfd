import type { Stack } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { ReleaseRecords } from '../constructs/release-records';
import type { GrantTargets } from '../constructs/workflow/grants/grant';
import { resourceName } from '../names';
import { namesOf } from './environment-props';
import type { ReleaseStackProps } from './release-props';

/** What the handlers' permissions and settings refer to; empty where an environment with one fleet has it not. */
export function grantTargets(
  stack: Stack,
  { config, environment, fleet, edge, registry, database, cache }: ReleaseStackProps,
  { ledger, topic }: Pick<ReleaseRecords, 'ledger' | 'topic'>,
  retirement: { readonly group: string; readonly role: iam.IRole },
): GrantTargets {
  const names = namesOf({ config, environment });
  const fleets = [fleet.fleets.blue, fleet.fleets.green].filter((each) => each !== undefined);
  return {
    stack,
    ledgerTableArn: ledger.tableArn,
    ledgerStreamArn: ledger.tableStreamArn as string,
    functionPrefix: resourceName(names),
    topicArn: topic.topicArn,
    stateMachineName: resourceName(names, 'release'),
    migrationMachineName: resourceName(names, 'migrate'),
    restoreMachineName: edge.liveRoute === undefined ? '' : resourceName(names, 'restore'),
    routeStoreArn: edge.liveRoute?.store.keyValueStoreArn ?? '',
    distributionId: edge.distribution.distributionId,
    previewKeyArn: edge.liveRoute?.previewKey.secretArn ?? '',
    clusterArn: fleet.cluster.clusterArn,
    serviceArns: fleets.map(({ service }) => service.serviceArn),
    families: fleets.map(({ family }) => family),
    taskRoleArns: [fleet.taskRole.roleArn, fleet.executionRole.roleArn],
    logGroupArns: fleets.map(({ logGroup }) => logGroup.logGroupArn),
    repositoryArn: registry.repository.repositoryArn,
    artifactBucketArn: registry.artifacts.bucketArn,
    databaseInstanceId: database.instance.instanceIdentifier,
    taskSecretArns: [database.secret, cache?.secret].flatMap((each) => each?.secretArn ?? []),
    migratorSecretArn: database.migratorSecret.secretArn,
    verifierSecretArn: database.verifierSecret.secretArn,
    administratorSecretArn: database.administratorSecret.secretArn,
    databaseGroupPrefix: database.stackName.toLowerCase(),
    retireScheduleGroup: retirement.group,
    retireRoleArn: retirement.role.roleArn,
  };
}
