import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeSecurityGroupsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { customResource } from '../custom-resource/respond';

const ec2 = new EC2Client({});

/** Name that CloudFront gives the security group of its VPC origins; one in each VPC. */
export const SERVICE_GROUP = 'CloudFront-VPCOrigins-Service-SG';

/** The group can appear a little after the VPC origin does: 10 looks, 15 s apart, are two minutes and a half. */
const LOOKS = 10;
const PAUSE_MS = 15_000;

/** Properties of the custom resource `Custom::VpcOriginIngress`. */
export interface VpcOriginIngressProperties {
  readonly VpcId: string;
  /** Ids of the VPC origins: when they change, CloudFormation asks again. */
  readonly Origins: string[];
}

/**
 * Finds the security group that CloudFront's VPC origins use in a VPC. CloudFormation does not tell it; the attribute
 * `GroupId` carries it to the ingress rule of the load balancers.
 */
export const handler = customResource(async (event) => {
  const { VpcId } = event.ResourceProperties as unknown as VpcOriginIngressProperties;
  if (event.RequestType === 'Delete') return { physicalId: event.PhysicalResourceId };
  return { physicalId: `${VpcId}/${SERVICE_GROUP}`, attributes: { GroupId: await serviceGroup(VpcId) } };
});

async function serviceGroup(vpcId: string): Promise<string> {
  for (let look = 1; look <= LOOKS; look += 1) {
    const { SecurityGroups } = await ec2.send(
      new DescribeSecurityGroupsCommand({
        Filters: [
          { Name: 'vpc-id', Values: [vpcId] },
          { Name: 'group-name', Values: [SERVICE_GROUP] },
        ],
      }),
    );
    const id = SecurityGroups?.[0]?.GroupId;
    if (id !== undefined) return id;
    if (look < LOOKS) await sleep(PAUSE_MS);
  }
  throw new Error(
    `the VPC ${vpcId} has no security group "${SERVICE_GROUP}"; CloudFront makes it with the first VPC origin: deploy again once the origins are deployed`,
  );
}
