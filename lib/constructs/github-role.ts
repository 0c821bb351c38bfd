import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { GithubConfig } from '../config';

const ISSUER = 'token.actions.githubusercontent.com';
const AUDIENCE = 'sts.amazonaws.com';

export interface GithubRoleProps {
  readonly name: string;
  readonly github: GithubConfig;
  /** The GitHub environment that the job must run in: its protection rules stand before the role. */
  readonly environment: string;
  /** Workflows whose jobs may: files of this repository, or of another one with its name and a ref. */
  readonly workflows: readonly string[];
  /** Refs that the workflow may run for; `*` matches anything. */
  readonly refs: readonly string[];
  /** An account has one identity provider for GitHub: whether it is made here. */
  readonly provider: 'create' | 'existing';
}

/** A role that workflows of one GitHub repository take on, without any stored key. */
export class GithubRole extends Construct {
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, props: GithubRoleProps) {
    super(scope, id);
    this.role = new iam.Role(this, 'Role', {
      roleName: props.name,
      description: `Workflows of ${props.github.owner}/${props.github.repo} for ${props.environment}`,
      maxSessionDuration: Duration.hours(1),
      assumedBy: new iam.WebIdentityPrincipal(this.providerArn(props.provider), conditions(props)),
    });
  }

  allow(actions: string[], resources: string[], conditions?: iam.Conditions): void {
    this.role.addToPolicy(new iam.PolicyStatement({ actions, resources, conditions }));
  }

  private providerArn(provider: 'create' | 'existing'): string {
    if (provider === 'existing') {
      // The ARN follows from the issuer, so that nothing needs to be told or looked up.
      const arn = { service: 'iam', region: '', resource: 'oidc-provider', resourceName: ISSUER };
      return Stack.of(this).formatArn({ ...arn, arnFormat: ArnFormat.SLASH_RESOURCE_NAME });
    }
    return new iam.OidcProviderNative(this, 'Provider', {
      url: `https://${ISSUER}`,
      clientIds: [AUDIENCE],
      // Roles of other environments and of other stacks in the account rely on it.
      removalPolicy: RemovalPolicy.RETAIN,
    }).oidcProviderArn;
  }
}

/**
 * Every claim is asked for by an operator that fails when the claim is absent. IAM demands a condition on `sub`; since
 * July 2026 it carries ids beside the names for new and renamed repositories, so that both forms are listed.
 */
function conditions({ github, environment, workflows, refs }: GithubRoleProps): iam.Conditions {
  const { owner, repo, repositoryId } = github;
  return {
    StringEquals: {
      [`${ISSUER}:aud`]: AUDIENCE,
      [`${ISSUER}:environment`]: environment,
      ...(repositoryId !== undefined && { [`${ISSUER}:repository_id`]: repositoryId }),
    },
    StringLike: {
      [`${ISSUER}:ref`]: refs,
      // Another workflow of the same tag does not get it; of a reusable workflow, its own file and ref count.
      [`${ISSUER}:job_workflow_ref`]: workflows.flatMap((workflow) =>
        workflow.includes('/')
          ? [workflow]
          : refs.map((ref) => `${owner}/${repo}/.github/workflows/${workflow}@${ref}`),
      ),
      [`${ISSUER}:sub`]: [
        `repo:${owner}/${repo}:environment:${environment}`,
        `repo:${owner}@*/${repo}@${repositoryId ?? '*'}:environment:${environment}`,
      ],
    },
  };
}
