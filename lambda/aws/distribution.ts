import { CloudFrontClient, GetDistributionCommand } from '@aws-sdk/client-cloudfront';
import { ReleaseError } from '../domain/errors';
import { setting } from './settings';

const client = new CloudFrontClient({});

/** While a distribution is being deployed, edges may run different functions: not the moment to shift traffic. */
export async function requireDistributionDeployed(): Promise<void> {
  const id = setting('DISTRIBUTION_ID');
  const { Distribution } = await client.send(new GetDistributionCommand({ Id: id }));
  if (Distribution?.Status === 'Deployed') return;
  throw new ReleaseError('Transient', `the distribution ${id} is ${Distribution?.Status}, it must be Deployed`);
}
