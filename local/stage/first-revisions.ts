import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Assembly } from '../assembly';
import type { FunctionPool } from '../cloud';

/**
 * Invokes the custom resources that register the first revision of each color's family, as CloudFormation does before
 * it creates the services: a Create event, and an answer by HTTP to the address in it.
 *
 * @throws Error with the reason that the custom resource gave.
 */
export async function registerFirstRevisions(
  assembly: Assembly,
  functions: Pick<FunctionPool, 'invoke'>,
): Promise<void> {
  const resources = assembly.resources('Custom::FirstRevision');
  const answers = new Map<string, { Status?: string; Reason?: string }>();
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      answers.set((request.url ?? '').slice(1), JSON.parse(body));
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    for (const resource of resources) {
      const { ServiceToken, ...properties } = resource.properties;
      await functions.invoke(String(ServiceToken), {
        RequestType: 'Create',
        RequestId: resource.logicalId,
        ResponseURL: `http://127.0.0.1:${port}/${resource.logicalId}`,
        StackId: `arn:aws:cloudformation:${assembly.region}:${assembly.account}:stack/${resource.stack}/local`,
        ResourceType: resource.type,
        LogicalResourceId: resource.logicalId,
        ResourceProperties: { ServiceToken, ...properties },
      });
      const answer = answers.get(resource.logicalId);
      if (answer?.Status !== 'SUCCESS') {
        throw new Error(`the custom resource ${resource.logicalId} failed: ${answer?.Reason ?? 'it did not answer'}`);
      }
    }
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
