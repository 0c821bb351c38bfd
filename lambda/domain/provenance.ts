import { ReleaseError } from './errors';

/** What the publishing workflow recorded of itself. Only the release workflow's role can write it. */
export interface Provenance {
  /** `owner/repo`, and the number that no other repository ever gets. */
  readonly repository: string;
  readonly repositoryId: string;
  readonly commit: string;
  /** `refs/tags/vX.Y.Z`, or a branch. */
  readonly ref: string;
  /** File of the workflow and the ref that it was taken from: `owner/repo/.github/workflows/release.yml@refs/…`. */
  readonly workflow: string;
  /** Number and attempt of the run. */
  readonly run: string;
  /** Branches that hold the commit, as the workflow saw them. */
  readonly branches: readonly string[];
}

/** What the configuration asks of it. */
export interface ProvenanceRule {
  /** Without it a version is released whatever is recorded of its origin, as long as that is not another repository. */
  readonly required: boolean;
  readonly repository: string;
  /** @default - the name is compared instead */
  readonly repositoryId?: string;
  /** The commit is on one of them; `*` stands for anything. */
  readonly branches: readonly string[];
}

/** Whether a name is one of some patterns. */
function isOneOf(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => {
    const source = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
    return new RegExp(`^${source}$`).test(name);
  });
}

/**
 * Checks where a version comes from.
 *
 * @throws ReleaseError InvalidRelease saying what is missing or different
 */
export function requireProvenance(
  rule: ProvenanceRule,
  version: string,
  published: { readonly commit?: string; readonly provenance?: Provenance },
): void {
  const { provenance, commit } = published;
  const refuse = (reason: string) =>
    new ReleaseError('InvalidRelease', `${version} ${reason}; publish a new version with the release workflow`);
  if (provenance === undefined) {
    if (!rule.required) return;
    throw refuse(`was published without saying which run of which workflow built it`);
  }
  const own = rule.repositoryId ?? rule.repository.toLowerCase();
  const given = rule.repositoryId === undefined ? provenance.repository.toLowerCase() : provenance.repositoryId;
  if (given !== own) {
    throw refuse(`was built in ${provenance.repository} (${provenance.repositoryId}), not in ${rule.repository}`);
  }
  if (!rule.required) return;
  if (commit !== provenance.commit) throw refuse(`names the commit ${commit}, but was built from ${provenance.commit}`);
  if (provenance.branches.some((branch) => isOneOf(rule.branches, branch))) return;
  const found = provenance.branches.join(', ') || 'no branch';
  throw refuse(`was built from ${commit}, which is on ${found} and not on ${rule.branches.join(' or ')}`);
}
