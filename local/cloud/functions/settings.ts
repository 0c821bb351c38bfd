import { devNull } from 'node:os';
import type { Assembly, Resource } from '../../assembly';
import type { FunctionSettings } from './worker';

/** What Lambda gives a function when the template says nothing. */
const DEFAULT_TIMEOUT_SECONDS = 3;
const DEFAULT_MEMORY = 128;

/** A function as the template describes it, with the variables that Lambda adds. */
export function functionSettings(
  assembly: Assembly,
  resource: Resource,
  endpoint: string,
  extra: Readonly<Record<string, string>>,
): FunctionSettings {
  const { properties, physicalId: name } = resource;
  const key: string | undefined = properties.Code?.S3Key;
  if (!key) throw new Error(`the function ${name} has no asset: the local mode runs bundled code only`);
  const memory: number = properties.MemorySize ?? DEFAULT_MEMORY;
  const { port } = new URL(endpoint);
  return {
    name,
    arn: assembly.attribute(resource, 'Arn'),
    directory: assembly.assetPath(key),
    handler: properties.Handler,
    timeoutSeconds: properties.Timeout ?? DEFAULT_TIMEOUT_SECONDS,
    memory,
    env: {
      ...properties.Environment?.Variables,
      ...extra,
      AWS_REGION: assembly.region,
      AWS_DEFAULT_REGION: assembly.region,
      LAMBDA_TASK_ROOT: assembly.assetPath(key),
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memory),
      // The door knows a caller by its access key id; it has no secrets, and checks no signature.
      AWS_ACCESS_KEY_ID: name,
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL: endpoint,
      // The KeyValueStore client puts the account id in front of the host, which an IP address does not allow.
      AWS_ENDPOINT_URL_CLOUDFRONT_KEYVALUESTORE: `http://localhost:${port}`,
      // Whatever AWS configuration this machine has must not reach the functions, nor they it.
      AWS_CONFIG_FILE: devNull,
      AWS_SHARED_CREDENTIALS_FILE: devNull,
      AWS_EC2_METADATA_DISABLED: 'true',
      TZ: 'UTC',
    },
  };
}
