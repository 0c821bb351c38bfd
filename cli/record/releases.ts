import type { ReleaseRecord } from '../../lambda/aws/ledger';
import { RecordBranch } from './branch';
import { parseEntries } from './entries';

/** Where `greenroom record` writes, unless it is told otherwise. */
export const RECORD = { remote: 'origin', branch: 'greenroom-record' } as const;

/** Releases of an environment as the record branch has them, the newest first. */
export async function recordedReleases(repository: string, environment: string): Promise<ReleaseRecord[]> {
  const { files } = await new RecordBranch({ repository, ...RECORD }).read();
  return parseEntries(files.get(`${environment}.jsonl`) ?? '')
    .flatMap(({ release }) => (release === undefined ? [] : [release as ReleaseRecord]))
    .sort((one, other) => other.startedAt.localeCompare(one.startedAt));
}
