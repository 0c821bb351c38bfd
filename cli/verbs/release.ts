import { randomBytes } from 'node:crypto';
import type { ReleaseRequest } from '../../lambda/domain/release';
import { follow } from '../follow';
import { exempt, readPlaces } from '../operations';
import { type ChangingOptions, openSession, type World } from '../session';
import { parseReason, parseVersion, parseWhole, type Verb } from '../verb';
import { parseCommit } from './publish';

interface Options extends ChangingOptions {
  readonly commit?: string;
  readonly freezeExemption?: string;
  readonly watch: boolean;
  readonly untilApproval?: boolean;
  readonly interval?: number;
}

/** Starts a release and follows it. */
export const release: Verb = {
  name: 'release',
  summary: 'start the release of a version and follow it; prints the release id first',
  changes: true,
  define: (command, run) =>
    command
      .argument('<version>', 'tag of the version, vX.Y.Z', parseVersion)
      .option('--commit <id>', 'commit of the tag, 40 hex digits (default: as published)', parseCommit)
      .option(
        '--freeze-exemption <reason>',
        'let it through a freeze, which takes the right to operate; recorded',
        parseReason,
      )
      .option('--no-watch', 'do not follow it')
      .option('--until-approval', 'stop following, with exit code 0, when it waits for approval')
      .option('--interval <seconds>', 'pause between two questions', parseWhole(1, 300))
      .action(
        run(async (world: World, version: string, options: Options) => {
          const session = await openSession(world, options);
          const { by, commit } = { by: session.by, commit: options.commit };
          await session.confirm(`Release ${version} of ${session.place}?`);
          await exempt(session, version, options.freezeExemption);
          const { stateMachineArn } = await readPlaces(session.cloud);
          const id = releaseId(version, session.terminal.now());
          const request: ReleaseRequest = {
            version,
            actor: by,
            ...(commit !== undefined && { commit }),
          };
          const execution = await session.cloud.startRelease(stateMachineArn, id, request);
          session.terminal.out(id);
          if (!options.watch) return;
          return follow(session, id, { ...options, execution });
        }),
      ),
};

/**
 * Name of a release's execution, at most 80 characters (a version has up to 62): the version, then the time in base 36,
 * so that ids of one version sort by start, and three random characters against two starts in one millisecond.
 */
export function releaseId(version: string, now: number): string {
  const random = (randomBytes(4).readUInt32BE() % 36 ** 3).toString(36).padStart(3, '0');
  return `${version}-${now.toString(36)}${random}`;
}
