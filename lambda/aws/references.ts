import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

const iam = new IAMClient({});
const ec2 = new EC2Client({});
const logs = new CloudWatchLogsClient({});
const secrets = new SecretsManagerClient({});

/** Whether a role is there, by its ARN. */
export async function roleExists(arn: string): Promise<boolean> {
  try {
    await iam.send(new GetRoleCommand({ RoleName: arn.split('/').at(-1) }));
    return true;
  } catch (error) {
    if ((error as Error).name === 'NoSuchEntityException') return false;
    throw error;
  }
}

/** How a secret is, by the reference of a task definition (`<arn>:<key>::`). Its value is not read. */
export async function secretState(reference: string): Promise<'there' | 'missing' | 'being deleted'> {
  try {
    const SecretId = reference.split(':').slice(0, 7).join(':');
    const { DeletedDate } = await secrets.send(new DescribeSecretCommand({ SecretId }));
    return DeletedDate === undefined ? 'there' : 'being deleted';
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return 'missing';
    throw error;
  }
}

export async function logGroupExists(name: string): Promise<boolean> {
  const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }));
  return logGroups.some(({ logGroupName }) => logGroupName === name);
}

/** Free addresses of subnets, by id. */
export async function freeAddresses(subnetIds: readonly string[]): Promise<Readonly<Record<string, number>>> {
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: [...subnetIds] }));
  return Object.fromEntries(
    Subnets.map(({ SubnetId = '', AvailableIpAddressCount = 0 }) => [SubnetId, AvailableIpAddressCount]),
  );
}
