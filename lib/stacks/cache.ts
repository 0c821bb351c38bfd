import { CfnDeletionPolicy, Stack } from 'aws-cdk-lib';
import * as elasticache from 'aws-cdk-lib/aws-elasticache';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { CacheConfig } from '../config';
import { CacheUsers } from '../constructs/cache-users';
import { resourceName } from '../names';
import type { DatabaseStack } from './database';
import { type EnvironmentStackProps, namesOf } from './environment-props';
import { CACHE_PORT, type NetworkStack } from './network';

export interface CacheStackProps extends EnvironmentStackProps {
  readonly network: NetworkStack;
  readonly database: DatabaseStack;
  readonly cache: CacheConfig;
}

/**
 * The cache, shared by both colors: Valkey, private, encrypted at rest with the key of the data and on its way by TLS.
 *
 * Nothing in it is worth keeping. It has no snapshots, since an old cache is worse than an empty one, and it goes with its
 * stack. The secret stays: a running or standby revision refers to it (promise P7).
 */
export class CacheStack extends Stack {
  /** JSON with `username` and `password`: what tasks sign in with. */
  readonly secret: secretsmanager.ISecret;
  /** Address of the primary, whichever node that is. */
  readonly host: string;
  readonly port: string;

  constructor(scope: Construct, id: string, props: CacheStackProps) {
    super(scope, id, props);
    const { network, cache } = props;
    const name = resourceName(namesOf(props));
    // Imported, so that nothing here is written into the policy of a key that the stack below owns.
    const encryptionKey = kms.Key.fromKeyArn(this, 'DataKey', props.database.encryptionKey.keyArn);
    const users = new CacheUsers(this, 'Users', { name, encryptionKey });
    this.secret = users.secret;

    const subnets = new elasticache.CfnSubnetGroup(this, 'Subnets', {
      cacheSubnetGroupName: name,
      description: `Cache of ${name}`,
      subnetIds: network.vpc.selectSubnets({ subnetGroupName: 'database' }).subnetIds,
    });
    const parameters = new elasticache.CfnParameterGroup(this, 'Parameters', {
      cacheParameterGroupFamily: 'valkey8',
      description: `Cache of ${name}: what was not used for longest goes when it is full`,
      properties: { 'maxmemory-policy': 'allkeys-lru' },
    });
    const several = cache.nodes > 1;
    const group = new elasticache.CfnReplicationGroup(this, 'Nodes', {
      replicationGroupId: name,
      replicationGroupDescription: `Cache of ${name}, shared by both colors`,
      engine: 'valkey',
      engineVersion: '8.1',
      autoMinorVersionUpgrade: true,
      cacheNodeType: cache.nodeType,
      numCacheClusters: cache.nodes,
      automaticFailoverEnabled: several,
      multiAzEnabled: several,
      port: CACHE_PORT,
      cacheSubnetGroupName: subnets.cacheSubnetGroupName,
      securityGroupIds: [(network.cacheSecurityGroup as ec2.SecurityGroup).securityGroupId],
      cacheParameterGroupName: parameters.ref,
      transitEncryptionEnabled: true,
      transitEncryptionMode: 'required',
      atRestEncryptionEnabled: true,
      kmsKeyId: encryptionKey.keyArn,
      userGroupIds: [users.groupId],
      preferredMaintenanceWindow: 'sun:07:30-sun:08:30',
      snapshotRetentionLimit: 0,
    });
    group.addResourceDependency(subnets);
    // Revisions that run refer to it: no update takes it away. Only deleting the stack does, which is a wish.
    group.cfnOptions.deletionPolicy = CfnDeletionPolicy.DELETE;
    group.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
    users.rotateAfter(group);
    this.host = group.attrPrimaryEndPointAddress;
    this.port = group.attrPrimaryEndPointPort;
  }
}
