import { ArnFormat, CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { URL_ALIAS } from '../../lambda/domain/steps';
import type { GithubConfig } from '../config';
import { GithubRole } from '../constructs/github-role';
import { GITHUB_ROLE, resourceName } from '../names';
import { type EnvironmentStackProps, namesOf } from './environment-props';
import type { RegistryStack } from './registry';
import type { ReleaseStack } from './release';

export interface AccessStackProps extends EnvironmentStackProps {
  readonly github: GithubConfig;
  readonly registry: RegistryStack;
  readonly release: ReleaseStack;
}

/** Where workflows run that are started by hand or on a schedule: their files are those of this branch. */
const MAIN = ['refs/heads/main'];

/** What GitHub's workflows may do here, a role for each kind of work. */
export class AccessStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: AccessStackProps,
  ) {
    super(scope, id, props);
    const { environment, github } = props;
    this.allowRelease(this.role('Github', GITHUB_ROLE, github.workflows, environment.releaseFrom));
    this.allowOperating(this.role('Operator', 'github-operate', ['revert.yml', 'migrate.yml'], MAIN));
    this.allowObserving(this.role('Observer', 'github-observe', ['record.yml'], MAIN));
    this.allowDeployment(this.role('Deployer', 'github-deploy', ['infrastructure.yml'], MAIN));
  }

  /** Push an image and its artifacts, start a release, watch it. */
  private allowRelease(github: GithubRole): void {
    const { registry, release } = this.props;
    registry.repository.grantPush(github.role);
    // Before a push, the client asks whether the tag is there already; the workflow reads the digest afterwards.
    github.allow(['ecr:BatchGetImage', 'ecr:DescribeImages'], [registry.repository.repositoryArn]);
    github.allow(
      ['s3:PutObject'],
      ['changelogs/*', 'versions/*'].map((keys) => registry.artifacts.arnForObjects(keys)),
    );
    // To tell a version that is published again from one that differs.
    github.allow(['s3:GetObject'], [registry.artifacts.arnForObjects('versions/*')]);
    github.allow(['states:StartExecution'], [release.stateMachine.stateMachineArn]);
    github.allow(['states:DescribeExecution'], [this.executions('release')]);
    this.allowReading(github);
    this.tell('ReleaseRoleArn', 'AWS_RELEASE_ROLE', github);
  }

  /** Revert, and migrate a published version's changelog. The functions learn from AWS that it was this role. */
  private allowOperating(github: GithubRole): void {
    const { release } = this.props;
    const called = ['revert', 'operate'].flatMap((folder) => release.functions[folder]?.functionArn ?? []);
    github.allow(
      ['lambda:GetFunctionUrlConfig', 'lambda:InvokeFunctionUrl'],
      called.map((arn) => `${arn}:${URL_ALIAS}`),
    );
    // A function's URL asks for both permissions; by this one nobody gets in but through the URL.
    github.allow(
      ['lambda:InvokeFunction'],
      called.map((arn) => `${arn}:${URL_ALIAS}`),
      { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
    );
    github.allow(['states:StartExecution'], [release.migrationMachine.stateMachineArn]);
    github.allow(['states:DescribeExecution'], [this.executions('release'), this.executions('migrate')]);
    this.allowReading(github);
    this.tell('OperatorRoleArn', 'AWS_OPERATOR_ROLE', github);
  }

  /** The CDK's own roles do the work; which they are was decided when the account was bootstrapped. */
  private allowDeployment(github: GithubRole): void {
    const resourceName = 'cdk-*';
    github.allow(['sts:AssumeRole'], [this.formatArn({ service: 'iam', region: '', resource: 'role', resourceName })], {
      StringEquals: {
        'iam:ResourceTag/aws-cdk:bootstrap-role': ['deploy', 'file-publishing', 'image-publishing', 'lookup'],
      },
    });
    this.tell('DeployRoleArn', 'AWS_DEPLOY_ROLE', github);
  }

  /** Read the ledger, for the record and GitHub's list of deployments. */
  private allowObserving(github: GithubRole): void {
    this.allowReading(github);
    this.tell('ObserverRoleArn', 'AWS_OBSERVER_ROLE', github);
  }

  private allowReading(github: GithubRole): void {
    github.allow(['lambda:InvokeFunction'], [this.props.release.functions.inspect?.functionArn as string]);
  }

  private role(id: string, suffix: string, workflows: readonly string[], refs: readonly string[]): GithubRole {
    const { environment, github } = this.props;
    return new GithubRole(this, id, {
      name: this.nameOf(suffix),
      github,
      environment: environment.name,
      workflows,
      refs,
      // The stack makes the account's identity provider at most once.
      provider: id === 'Github' ? environment.githubProvider : 'existing',
    });
  }

  private nameOf(suffix: string): string {
    return resourceName(namesOf(this.props), suffix);
  }

  private executions(machine: string): string {
    const names = { resource: 'execution', resourceName: `${this.nameOf(machine)}:*` };
    return this.formatArn({ service: 'states', ...names, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  }

  private tell(id: string, variable: string, github: GithubRole): void {
    new CfnOutput(this, id, {
      value: github.role.roleArn,
      description: `${variable} of the GitHub environment "${this.props.environment.name}"`,
    });
  }
}
