export interface PersonOptions {
  /** As the ledger counts them. */
  readonly name: string;
  /** Login at GitHub, which is what a release from a workflow is asked for as. */
  readonly github?: string;
  /**
   * ARNs of IAM users, or of role sessions as `aws sts get-caller-identity` prints them. Name sessions that the person
   * cannot choose, such as those of IAM Identity Center: whoever assumes a plain role names the session as they like.
   * @default []
   */
  readonly aws?: readonly string[];
  /** `sub`, e-mail address or user name at the console's identity provider; the e-mail address in git. @default [] */
  readonly oidc?: readonly string[];
}

export interface RepositoryOptions {
  /**
   * First part of the ECR repositories' names; each environment has its own, `<name>/<environment>`.
   * @default - the application's name
   */
  readonly name?: string;
  /**
   * The GitHub repository whose workflows may release.
   * @default - no role for GitHub is made, releases are started by other means
   */
  readonly github?: GithubOptions;
}

export interface GithubOptions {
  /** User or organisation. */
  readonly owner: string;
  readonly repo: string;
  /**
   * The number that `gh api repos/OWNER/REPO --jq .id` prints. Names can be given up and taken by somebody else, the
   * number cannot: with it, the role is bound to this very repository.
   * @default - the role is bound to owner and name only, with a warning
   */
  readonly repositoryId?: string;
  /**
   * Workflows whose jobs may publish and release: files under `.github/workflows` of this repository, or, for a reusable
   * workflow of another one, `owner/repo/.github/workflows/file.yml@ref`, where `*` stands for anything. The claim
   * `job_workflow_ref` of their jobs is compared with it.
   * @default ['release-version.yml']
   */
  readonly workflows?: readonly string[];
  /** Branches that a released commit has to be on, where `provenance` is required; `*` stands for anything. @default ['main'] */
  readonly branches?: readonly string[];
}
