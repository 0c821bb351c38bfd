import type { EnvironmentConfig } from '../../lib/config';
import { repositoryName } from '../../lib/config/policy';
import { wrongUse } from '../exit';
import { type CommonOptions, openSession, type World } from '../session';
import { parseVersion, type Verb } from '../verb';

interface Options extends CommonOptions {
  readonly to: string;
  readonly snapshot?: string;
  readonly imageVersion?: string;
  readonly json?: boolean;
}

interface Step {
  readonly what: string;
  readonly run: readonly string[];
}

const MORE = `
It only prints: what the region that is lost would have to be asked is not asked. The application comes up beside the
old one, as an environment of its own, since names on CloudFront and in IAM are the account's. docs/runbook.md says what
to expect.`;

/** Prints how an environment comes up in another region. */
export const relocate: Verb = {
  name: 'relocate',
  summary: 'print the steps that bring an environment up in another region',
  reads: true,
  define: (command, run) =>
    command
      .requiredOption('--to <region>', 'the region that is left')
      .option('--snapshot <arn>', 'recovery point to begin with, of that region (default: step 1 finds it)')
      .option('--image-version <version>', 'version to release there (default: step 2 finds it)', parseVersion)
      .addHelpText('after', MORE)
      .action(
        run(async (world: World, options: Options) => {
          const { environment, terminal } = await openSession(world, options, { blueGreen: 'relocate' });
          const config = await world.loadConfig();
          if (environment.region === options.to) throw wrongUse(`${environment.name} is in ${options.to} already`);
          const steps = stepsOf({
            application: config.application.name,
            environment,
            repository: repositoryName(config, environment),
            to: options.to,
            snapshot: options.snapshot ?? '$SNAPSHOT',
            version: options.imageVersion ?? '$VERSION',
          });
          if (options.json) return terminal.out(JSON.stringify(steps));
          for (const [index, { what, run: lines }] of steps.entries()) {
            terminal.out(`# ${index + 1}. ${what}`);
            for (const line of lines) terminal.out(line);
            terminal.out('');
          }
        }),
      ),
};

/** @returns the steps in their order; each line can be pasted into a shell */
function stepsOf(of: {
  readonly application: string;
  readonly environment: EnvironmentConfig;
  readonly repository: string;
  readonly to: string;
  readonly snapshot: string;
  readonly version: string;
}): Step[] {
  const { application, environment, repository, to, snapshot, version } = of;
  const name = `${environment.name}-${to}`;
  const registry = `$ACCOUNT.dkr.ecr.${to}.amazonaws.com`;
  const images = repository.replace(/[^/]+$/, name);
  const entry = `{ name: '${name}', region: '${to}', production: ${environment.production}, database: { restoreFrom: '${snapshot}' } }`;
  return [
    {
      what: 'The newest copy of the database. What was written after it is lost',
      run: [
        'ACCOUNT=$(aws sts get-caller-identity --query Account --output text)',
        `SNAPSHOT=$(aws backup list-recovery-points-by-resource --region ${to} --resource-arn arn:aws:rds:${environment.region ?? '$AWS_REGION'}:$ACCOUNT:db:${application}-${environment.name} --query 'sort_by(RecoveryPoints, &CreationDate)[-1].RecoveryPointArn' --output text)`,
      ],
    },
    {
      what: 'The version that was live, by its replicated tag, and its digest',
      run: [
        `DIGEST=$(aws ecr describe-images --region ${to} --repository-name ${repository} --image-ids imageTag=live --query 'imageDetails[0].imageDigest' --output text)`,
        `VERSION=$(aws ecr describe-images --region ${to} --repository-name ${repository} --image-ids imageDigest=$DIGEST --query "imageDetails[0].imageTags[?starts_with(@, 'v')] | [0]" --output text)`,
      ],
    },
    {
      what: `An environment of its own in greenroom.config.ts, with every other option as ${environment.name} has it; commit it`,
      run: [`echo "${entry}"`],
    },
    { what: 'Its stacks; the database begins as the copy', run: [`npx cdk deploy --all -c environment=${name}`] },
    {
      what: 'The image and the changelog, from a checkout of the tag',
      run: [
        `aws ecr get-login-password --region ${to} | docker login --username AWS --password-stdin ${registry}`,
        `docker buildx imagetools create --tag ${registry}/${images}:${version} ${registry}/${repository}@$DIGEST`,
        `git checkout ${version}`,
        `npx greenroom publish ${version} --digest $DIGEST -e ${name} --yes`,
      ],
    },
    {
      what: 'The users of the database get the passwords of the new secrets',
      run: [
        `aws lambda invoke --region ${to} --function-name ${application}-${name}-rotate-secret --cli-binary-format raw-in-base64-out --payload "{\\"mendUsersOf\\":{\\"host\\":\\"$(aws rds describe-db-instances --region ${to} --db-instance-identifier ${application}-${name} --query 'DBInstances[0].Endpoint.Address' --output text)\\"}}" /dev/stdout`,
      ],
    },
    { what: 'Release, look, approve', run: [`npx greenroom release ${version} -e ${name} --yes`] },
    ...(environment.domain === undefined
      ? []
      : [
          {
            what: 'The domain moves to the new distribution; then change its DNS record',
            run: [
              `aws cloudfront associate-alias --alias ${environment.domain.name} --target-distribution-id $(aws cloudformation describe-stack-resources --region ${to} --stack-name ${application}-${name}-edge --query "StackResources[?ResourceType=='AWS::CloudFront::Distribution'].PhysicalResourceId" --output text)`,
            ],
          },
        ]),
  ];
}
