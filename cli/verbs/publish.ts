import type { EngineName } from '../../lambda/migrator/engine';
import { InvalidArgumentError } from 'commander';
import { createRequire } from 'node:module';
import { requireProvenance } from '../../lambda/domain/provenance';
import type { PublishedVersion } from '../../lambda/aws/versions';
import type * as ChangelogFolder from '../changelog-folder';
import type { Cloud } from '../cloud';
import { CliError } from '../exit';
import { readPlaces } from '../operations';
import { readProvenance } from '../provenance';
import { type ChangingOptions, openSession, type Session } from '../session';
import { parseVersion, type Verb } from '../verb';

interface Options extends ChangingOptions {
  readonly digest: string;
  readonly commit?: string;
  readonly directory: string;
  readonly dryRun?: boolean;
}

/** Makes a version known: which image, which changelog. For CI, after the image was pushed. */
export const publish: Verb = {
  name: 'publish',
  summary: 'make a version known after its image was pushed: digest and changelog',
  changes: true,
  define: (command, run) =>
    command
      .argument('<version>', 'tag of the version, vX.Y.Z', parseVersion)
      .requiredOption('--digest <digest>', 'digest of the image, sha256:…', parseDigest)
      .option('--commit <id>', 'commit of the tag, 40 hex digits (default: $GITHUB_SHA)', parseCommit)
      .option('--directory <folder>', 'folder with changelog.yaml', 'migrations')
      .option('--dry-run', 'build and check the changelog, print what would be published, upload nothing')
      .action(run(publishVersion)),
};

/** All environments have the engine of the application's database. */
async function engineOf(world: Parameters<typeof openSession>[0]): Promise<EngineName> {
  const { environments } = await world.loadConfig();
  return environments[0]?.database.engine === 'mysql' ? 'mysql' : 'postgresql';
}

async function publishVersion(
  world: Parameters<typeof openSession>[0],
  version: string,
  options: Options,
): Promise<void> {
  const { terminal } = world;
  // Loaded when needed: it brings the changelog reader.
  const { buildChangelog } = createRequire(__filename)('../changelog-folder') as typeof ChangelogFolder;
  const { key, sha256, bytes, files, changesets, warnings } = buildChangelog(options.directory, await engineOf(world));
  for (const warning of warnings) terminal.err(`warning: ${warning}`);
  terminal.err(`${options.directory}: ${files.length} files, ${changesets} changesets, ${bytes.length} bytes`);
  const commit = options.commit ?? (terminal.env.GITHUB_SHA || undefined);
  const provenance = readProvenance(terminal.env, commit);
  const pointer: PublishedVersion = {
    version,
    digest: options.digest,
    ...(commit !== undefined && { commit }),
    changelog: { key, sha256 },
    ...(provenance !== undefined && { provenance }),
  };
  if (options.dryRun) {
    terminal.out(JSON.stringify(pointer, null, 2));
    return terminal.err('dry run: nothing was uploaded');
  }
  const session = await openSession(world, options);
  requireOrigin(session, version, pointer);
  await session.confirm(`Publish ${version} for ${session.place}? A version is never published anew.`);
  const { artifactBucket } = await readPlaces(session.cloud);
  // The changelog first: a version that can be released has all that it needs.
  const fresh = await session.cloud.putIfAbsent(artifactBucket, key, bytes);
  if (!fresh) terminal.err(`${key} is there already: the changelog did not change`);
  const first = await putPointer(session.cloud, artifactBucket, pointer);
  if (!first) terminal.err(`${version} was published as this already`);
  terminal.out(JSON.stringify(pointer, null, 2));
}

/** What the release would refuse is refused here. @throws CliError */
function requireOrigin({ environment, github }: Session, version: string, pointer: PublishedVersion): void {
  if (github === undefined) return;
  const { owner, repo, repositoryId, branches } = github;
  const required = environment.provenance === 'required';
  try {
    requireProvenance({ required, repository: `${owner}/${repo}`, repositoryId, branches }, version, pointer);
  } catch (error) {
    const hint =
      pointer.provenance?.branches.length === 0 ? ' (the checkout needs the whole history: fetch-depth: 0)' : '';
    throw new CliError(`${(error as Error).message}${hint}`, undefined, { cause: error });
  }
}

/** @returns false when the version was published before, as the same. @throws CliError when as something else. */
async function putPointer(cloud: Cloud, bucket: string, pointer: PublishedVersion): Promise<boolean> {
  const { version, digest, changelog } = pointer;
  const key = `versions/${version}.json`;
  if (await cloud.putIfAbsent(bucket, key, Buffer.from(JSON.stringify(pointer)))) return true;
  const published = JSON.parse(await cloud.getText(bucket, key)) as PublishedVersion;
  const differs = (what: string, one: string, other: string): CliError =>
    new CliError(
      `${version} is published already with the ${what} ${one}, this is ${other}: a version is never changed, publish a new one`,
    );
  if (published.digest !== digest) throw differs('image', published.digest, digest);
  if (published.changelog.sha256 !== changelog.sha256) {
    throw differs('changelog', published.changelog.sha256, changelog.sha256);
  }
  return false;
}

function parseDigest(text: string): string {
  if (/^sha256:[0-9a-f]{64}$/.test(text)) return text;
  throw new InvalidArgumentError('A digest is sha256: and 64 hex digits, as "docker push" and ECR print it.');
}

/** Reads an option `--commit`. */
export function parseCommit(text: string): string {
  if (/^[0-9a-f]{40}$/.test(text)) return text;
  throw new InvalidArgumentError('A commit is its full id of 40 hex digits: git rev-parse HEAD.');
}
