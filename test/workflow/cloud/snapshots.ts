import { AwsError } from '../../../local/cloud/model';

/** A copy, in the environment's own region, of a snapshot of another one. */
export interface FakeCopy {
  readonly of: string;
  readonly at: number;
  readonly tags: { Key: string; Value: string }[];
}

/** RDS copies a snapshot of another region in this time. */
const COPYING_MS = 5 * 60_000;
/** A copy of AWS Backup is made so long after the original. */
const COPIED_LATER_MS = 5 * 3_600_000;

/** What every snapshot that is not a copy is like. */
export interface SnapshotsAsMade {
  readonly at: Date;
  readonly engine: string;
}

/** RDS's snapshots, as far as restores use them: every one that is asked for by name is there, but for copies. */
export class FakeSnapshots {
  readonly copies = new Map<string, FakeCopy>();
  /** ARNs of snapshots that are not there any more, or of regions that do not answer. */
  readonly gone = new Map<string, string>();

  copyingFails = false;

  constructor(
    private readonly now: () => number,
    private readonly made: () => SnapshotsAsMade,
  ) {}

  /* oxlint-disable typescript/no-explicit-any -- each operation has its own input */
  readonly operations: Record<string, (input: any) => Promise<object>> = {
    DescribeDBSnapshots: async ({ DBSnapshotIdentifier: id }: any) => {
      if (id === undefined) return { DBSnapshots: [...this.copies.keys()].map((each) => this.describe(each)) };
      const fault = this.gone.get(id);
      if (fault !== undefined) throw new AwsError(fault, id);
      return { DBSnapshots: [this.describe(id)] };
    },
    CopyDBSnapshot: async ({ SourceDBSnapshotIdentifier, TargetDBSnapshotIdentifier: id, Tags }: any) => {
      if (this.copies.has(id)) throw new AwsError('DBSnapshotAlreadyExistsFault', id);
      this.copies.set(id, { of: SourceDBSnapshotIdentifier, at: this.now(), tags: Tags });
      return {};
    },
    DeleteDBSnapshot: async ({ DBSnapshotIdentifier: id }: any) => {
      if (!this.copies.delete(id)) throw new AwsError('DBSnapshotNotFoundFault', id);
      return {};
    },
  };
  /* oxlint-enable typescript/no-explicit-any */

  private describe(id: string): object {
    const copy = this.copies.get(id);
    if (copy === undefined && id.startsWith('greenroom-copy-')) throw new AwsError('DBSnapshotNotFoundFault', id);
    const { at, engine } = this.made();
    const original = {
      DBSnapshotIdentifier: id,
      Status: 'available',
      Engine: 'postgres',
      EngineVersion: engine,
      OriginalSnapshotCreateTime: at,
    };
    if (copy === undefined) {
      // A copy says when it was copied, and of when the original is.
      const later = id.includes(':eu-west-1:') ? COPIED_LATER_MS : 0;
      return { ...original, SnapshotCreateTime: new Date(at.getTime() + later) };
    }
    return {
      ...original,
      Status: this.copyingFails ? 'failed' : this.now() - copy.at < COPYING_MS ? 'creating' : 'available',
      SnapshotCreateTime: new Date(copy.at),
      SourceDBSnapshotIdentifier: copy.of,
      TagList: copy.tags,
    };
  }
}
