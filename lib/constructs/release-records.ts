import { ArnFormat, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { type Names, resourceName } from '../names';

export interface ReleaseRecordsProps {
  readonly names: Names;
  /** The ledger cannot be deleted. */
  readonly production: boolean;
}

/** Where an environment's releases are written down and told of: ledger and topic, behind one key. */
export interface ReleaseRecords {
  readonly ledger: dynamodb.Table;
  readonly topic: sns.Topic;
  /** What somebody with these statements needs of the key as well: its use through the services that they name, and no other. */
  decrypt(statements: readonly iam.PolicyStatement[]): iam.PolicyStatement[];
}

export function createReleaseRecords(stack: Stack, { names, production }: ReleaseRecordsProps): ReleaseRecords {
  const key = new kms.Key(stack, 'Key', {
    description: `Ledger and notifications of ${resourceName(names)}`,
    alias: `${resourceName(names)}-release`,
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  const ledger = createLedger(stack, { tableName: resourceName(names, 'ledger'), key, production });
  const topic = new sns.Topic(stack, 'Topic', {
    topicName: resourceName(names, 'releases'),
    masterKey: key,
    enforceSSL: true,
  });
  letAlarmsPublish(stack, { topic, key, alarms: `${resourceName(names)}-*` });

  const viaService = (service: string, actions: string[]) =>
    new iam.PolicyStatement({
      actions,
      resources: [key.keyArn],
      conditions: { StringEquals: { 'kms:ViaService': `${service}.${stack.region}.${stack.urlSuffix}` } },
    });
  return {
    ledger,
    topic,
    decrypt: (statements) => {
      const uses = (service: string) =>
        statements.some(({ actions }) => actions.some((action) => action.startsWith(service)));
      return [
        ...(uses('dynamodb:') ? [viaService('dynamodb', ['kms:Decrypt'])] : []),
        ...(uses('sns:') ? [viaService('sns', ['kms:Decrypt', 'kms:GenerateDataKey'])] : []),
      ];
    },
  };
}

function createLedger(
  stack: Stack,
  { tableName, key, production }: { tableName: string; key: kms.IKey; production: boolean },
): dynamodb.Table {
  const ledger = new dynamodb.Table(stack, 'Ledger', {
    tableName,
    partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
    sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
    billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
    encryption: dynamodb.TableEncryption.CUSTOMER_MANAGED,
    encryptionKey: key,
    // Every transition is recorded here first: what others are told of comes from this stream, and nothing is lost.
    stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: production,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  ledger.addGlobalSecondaryIndex({
    indexName: 'history',
    partitionKey: { name: 'list', type: dynamodb.AttributeType.STRING },
    sortKey: { name: 'startedAt', type: dynamodb.AttributeType.STRING },
  });
  return ledger;
}

/** CloudWatch publishes as itself, which topic and key have to allow: to the alarms of this environment only. */
function letAlarmsPublish(
  stack: Stack,
  { topic, key, alarms }: { topic: sns.Topic; key: kms.Key; alarms: string },
): void {
  const conditions = {
    StringEquals: { 'aws:SourceAccount': stack.account },
    ArnLike: {
      'aws:SourceArn': stack.formatArn({
        service: 'cloudwatch',
        resource: 'alarm',
        resourceName: alarms,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    },
  };
  const principals = [new iam.ServicePrincipal('cloudwatch.amazonaws.com')];
  topic.addToResourcePolicy(
    new iam.PolicyStatement({ principals, actions: ['sns:Publish'], resources: [topic.topicArn], conditions }),
  );
  key.addToResourcePolicy(
    new iam.PolicyStatement({
      principals,
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: ['*'],
      conditions: { StringEquals: conditions.StringEquals },
    }),
  );
}
