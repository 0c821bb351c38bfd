import type { Assembly } from '../../assembly';
import { AwsError } from '../model';
import type { CloudModel } from '../model';

/** Addresses that AWS keeps to itself in every subnet. */
const RESERVED = 5;
/** What a new account is let have, as Service Quotas says. */
const QUOTAS: Readonly<Record<string, { name: string; value: number }>> = {
  'fargate/L-3032A538': { name: 'Fargate On-Demand vCPU resource count', value: 6 },
};

/** What an account has, as far as somebody asks before a release: roles and subnets of the template, quotas. */
export function accountModels(assembly: Assembly): Pick<CloudModel, 'ec2' | 'iam' | 'service-quotas'> {
  const roles = new Map(assembly.resources('AWS::IAM::Role').map((role) => [role.physicalId, role]));
  const subnets = new Map(assembly.resources('AWS::EC2::Subnet').map((subnet) => [subnet.physicalId, subnet]));
  return {
    iam: {
      GetRole: async ({ RoleName }: { RoleName: string }) => {
        const role = roles.get(RoleName);
        if (!role) throw new AwsError('NoSuchEntity', `The role with name ${RoleName} cannot be found.`, 404);
        const Arn = assembly.attribute(role, 'Arn');
        return { Role: { Path: '/', RoleName, RoleId: role.logicalId, Arn, CreateDate: new Date(0) } };
      },
    },
    ec2: {
      // Tasks are processes of this machine: the addresses of a subnet are all free.
      DescribeSubnets: async ({ SubnetIds = [...subnets.keys()] }: { SubnetIds?: string[] }) => ({
        Subnets: SubnetIds.map((SubnetId) => {
          const subnet = subnets.get(SubnetId);
          if (!subnet) throw new AwsError('InvalidSubnetID.NotFound', `The subnet ID '${SubnetId}' does not exist`);
          const bits = Number(String(subnet.properties.CidrBlock).split('/')[1] ?? 24);
          return { SubnetId, State: 'available', AvailableIpAddressCount: 2 ** (32 - bits) - RESERVED };
        }),
      }),
    },
    'service-quotas': {
      GetServiceQuota: async ({ ServiceCode, QuotaCode }: { ServiceCode: string; QuotaCode: string }) => {
        const quota = QUOTAS[`${ServiceCode}/${QuotaCode}`];
        if (!quota) throw new AwsError('NoSuchResourceException', `no quota ${ServiceCode}/${QuotaCode}`);
        return { Quota: { ServiceCode, QuotaCode, QuotaName: quota.name, Value: quota.value } };
      },
    },
  };
}
