import { ArnFormat, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { EnvironmentConfig, GithubConfig, GreenroomConfig } from '../config';
import { GithubRole } from '../constructs/github-role';
import { resourceName } from '../names';
import type { RegistryStack } from './registry';
import type { ReleaseStack } from './release';

export interface AccessStackProps extends StackProps {
  readonly config: GreenroomConfig;
  readonly environment: EnvironmentConfig;
  readonly github: GithubConfig;
  readonly registry: RegistryStack;
  readonly release: ReleaseStack;
}

/** What GitHub's workflows may do here: push an image and its artifacts, start a release, watch it. */
export class AccessStack extends Stack {
  constructor(scope: Construct, id: string, props: AccessStackProps) {
    super(scope, id, props);
    const { environment, registry, release } = props;
    const github = new GithubRole(this, 'Github', {
      name: resourceName(
        { application: props.config.application.name, environment: environment.name },
        'github-release',
      ),
      github: props.github,
      environment: environment.name,
      refs: environment.strategy === 'rolling' ? ['refs/heads/develop', 'refs/tags/v*'] : ['refs/tags/v*'],
      provider: environment.githubProvider,
    });
    registry.repository.grantPush(github.role);
    // Before a push, the client asks whether the tag is there already; the workflow reads the digest afterwards.
    github.allow(['ecr:BatchGetImage', 'ecr:DescribeImages'], [registry.repository.repositoryArn]);
    github.allow(
      ['s3:PutObject'],
      ['changelogs/*', 'versions/*'].map((keys) => registry.artifacts.arnForObjects(keys)),
    );
    // To tell a version that is published again from one that differs.
    github.allow(['s3:GetObject'], [registry.artifacts.arnForObjects('versions/*')]);
    github.allow(['lambda:InvokeFunction'], [release.functions.inspect?.functionArn as string]);
    github.allow(['states:StartExecution'], [release.stateMachine.stateMachineArn]);
    github.allow(
      ['states:DescribeExecution'],
      [
        this.formatArn({
          service: 'states',
          resource: 'execution',
          resourceName: `${resourceName({ application: props.config.application.name, environment: environment.name }, 'release')}:*`,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
    );
    new CfnOutput(this, 'ReleaseRoleArn', {
      value: github.role.roleArn,
      description: `AWS_RELEASE_ROLE of the GitHub environment "${environment.name}"`,
    });
  }
}
