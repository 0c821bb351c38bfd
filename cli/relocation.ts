import type { EnvironmentConfig, GreenroomConfig } from '../lib/config';
import { repositoryName } from '../lib/config/policy';
import type { Cloud } from './cloud';
import { readPlaces, readStatus } from './operations';

/** What a relocation is about. Texts that begin with `$` are variables that the first two steps set in a shell. */
export interface Relocation {
  readonly config: GreenroomConfig;
  readonly environment: EnvironmentConfig;
  /** Region that is left for. */
  readonly to: string;
  /** Account of the environment. */
  readonly account: string;
  /** Recovery point that the database begins as. */
  readonly snapshot: string;
  readonly version: string;
  readonly digest: string;
}

export interface Step {
  readonly what: string;
  /** Each can be pasted into a shell. */
  readonly run: readonly string[];
}

/** A step that runs by itself, once it is known what to run it with. */
export interface RunnableStep extends Step {
  /** Whether it was done already, for a relocation that is begun again. @default - nobody can tell; doing it twice does no harm */
  readonly done?: () => Promise<boolean>;
}

/** Name of the environment that takes the other one's place. */
export function relocatedName({ environment, to }: Pick<Relocation, 'environment' | 'to'>): string {
  return `${environment.name}-${to}`;
}

/** ARN of the database that is lost. */
export function databaseArn({ config, environment, account }: Pick<Relocation, 'config' | 'environment' | 'account'>) {
  const region = environment.region ?? '$AWS_REGION';
  return `arn:aws:rds:${region}:${account}:db:${config.application.name}-${environment.name}`;
}

/** What is looked up in the region that the copies are in. */
export function findings(of: Relocation): Step[] {
  const { config, environment, to } = of;
  const repository = repositoryName(config, environment);
  return [
    {
      what: 'The newest copy of the database. What was written after it is lost',
      run: [
        'ACCOUNT=$(aws sts get-caller-identity --query Account --output text)',
        `SNAPSHOT=$(aws backup list-recovery-points-by-resource --region ${to} --resource-arn ${databaseArn(of)} --query "sort_by(RecoveryPoints[?Status=='COMPLETED'], &CreationDate)[-1].RecoveryPointArn" --output text)`,
      ],
    },
    {
      what: 'The version that was live, by its replicated tag, and its digest',
      run: [
        `DIGEST=$(aws ecr describe-images --region ${to} --repository-name ${repository} --image-ids imageTag=live --query 'imageDetails[0].imageDigest' --output text)`,
        `VERSION=$(aws ecr describe-images --region ${to} --repository-name ${repository} --image-ids imageDigest=$DIGEST --query "imageDetails[0].imageTags[?starts_with(@, 'v')] | [0]" --output text)`,
      ],
    },
  ];
}

/** The environment's entry in greenroom.config.ts; whoever publishes in an emergency is a person, so that is let through. */
export function entryText(of: Relocation): string {
  const { environment, to, snapshot } = of;
  const name = relocatedName(of);
  return `{ name: '${name}', region: '${to}', production: ${environment.production}, provenance: 'recorded', database: { restoreFrom: '${snapshot}' } }`;
}

/** Writing that entry is nothing that a shell can do. */
export function entryOf(of: Relocation): Step {
  return {
    what: `An environment of its own in greenroom.config.ts, with every other option as ${of.environment.name} has it; commit it`,
    run: [`echo "${entryText(of)}"`],
  };
}

/** Where the changelog of the version is checked out, so that the configuration stays that of now. */
const CHECKOUT = '.greenroom/relocate';

/** What makes the new environment live. @param cloud the new environment's */
export function steps(of: Relocation, cloud: () => Cloud): RunnableStep[] {
  const { config, environment, to, account, version, digest } = of;
  const application = config.application.name;
  const name = relocatedName(of);
  const repository = repositoryName(config, environment);
  const images = repository.replace(/[^/]+$/, name);
  const registry = `${account}.dkr.ecr.${to}.amazonaws.com`;
  return [
    {
      what: 'Its stacks; the database begins as the copy',
      run: [`npx cdk deploy --all -c environment=${name}`],
      done: async () => {
        const stacks = ['database', 'edge', 'release', 'operations'].map((part) => `${application}-${name}-${part}`);
        const found = await Promise.all(stacks.map((stack) => cloud().describeStack(stack, to)));
        return found.every((stack) => /^(CREATE|UPDATE)_COMPLETE$/.test(stack?.status ?? ''));
      },
    },
    {
      what: 'The image, from one repository of the region to the other',
      run: [
        `aws ecr get-login-password --region ${to} | docker login --username AWS --password-stdin ${registry}`,
        // The image itself: by default an index of its own would be made of it, with another digest.
        `docker buildx imagetools create --prefer-index=false --tag ${registry}/${images}:${version} ${registry}/${repository}@${digest}`,
      ],
      done: async () => (await cloud().image(images, version, to)) !== undefined,
    },
    {
      what: 'The changelog, from a checkout of the tag',
      run: [
        // What an attempt that was stopped left is no obstacle: git would refuse a folder that is there.
        `rm -rf ${CHECKOUT} && git worktree add --force --force --detach ${CHECKOUT} ${version}`,
        `npx greenroom publish ${version} --digest ${digest} --directory ${CHECKOUT}/migrations -e ${name} --yes`,
        `git worktree remove --force ${CHECKOUT}`,
      ],
      done: async () => {
        const { artifactBucket } = await readPlaces(cloud());
        return cloud()
          .getText(artifactBucket, `versions/${version}.json`)
          .then(
            () => true,
            () => false,
          );
      },
    },
    {
      what: 'The users of the database get the passwords of the new secrets',
      run: [
        // The AWS CLI calls it a success when the function failed.
        `HOST=$(aws rds describe-db-instances --region ${to} --db-instance-identifier ${application}-${name} --query 'DBInstances[0].Endpoint.Address' --output text) && SAID=$(aws lambda invoke --region ${to} --function-name ${application}-${name}-rotate-secret --cli-binary-format raw-in-base64-out --payload "{\\"mendUsersOf\\":{\\"host\\":\\"$HOST\\"}}" /dev/stdout) && echo "$SAID" && [[ $SAID != *FunctionError* ]]`,
      ],
    },
    {
      what: 'Release, look, approve',
      run: [`npx greenroom release ${version} -e ${name} --yes`],
      done: async () => (await readStatus(cloud())).live?.version === version,
    },
    ...(environment.domain === undefined ? [] : [domain(of, environment.domain.name)]),
  ];
}

function domain(of: Relocation, name: string): Step {
  const stack = `${of.config.application.name}-${relocatedName(of)}-edge`;
  return {
    what: 'The domain moves to the new distribution; then change its DNS record',
    run: [
      `aws cloudfront associate-alias --alias ${name} --target-distribution-id $(aws cloudformation describe-stack-resources --region ${of.to} --stack-name ${stack} --query "StackResources[?ResourceType=='AWS::CloudFront::Distribution'].PhysicalResourceId" --output text)`,
    ],
  };
}
