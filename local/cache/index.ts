import type { Assembly } from '../assembly';
import { cacheProgram, CacheServer, type CacheServerOptions } from './server';

export { cacheProgram, CacheServer } from './server';

/**
 * Starts the cache that the assembly describes, on the port that its endpoint has, when this machine has a program for it.
 * Otherwise nobody answers there: the application goes on without.
 *
 * @param secret SecretString by ARN
 */
export async function openCache(
  assembly: Assembly,
  secret: (arn: string) => string | undefined,
  options: Pick<CacheServerOptions, 'port' | 'onProcess'>,
): Promise<CacheServer | undefined> {
  const [user] = assembly.resources('AWS::ElastiCache::User');
  const program = user && cacheProgram();
  if (!program) return undefined;
  const { physicalId } = assembly.find(
    'AWS::SecretsManager::Secret',
    ({ properties }) => properties.Name === user.physicalId,
  );
  const { username, password } = JSON.parse(secret(physicalId) ?? '{}') as { username: string; password: string };
  return CacheServer.start(program, { ...options, user: username, password });
}
