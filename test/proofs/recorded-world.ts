import { Client } from '@smithy/core/client';
import { createHash } from 'node:crypto';
import type { Assembly } from '../../local/assembly';
import type { ServiceName } from '../../local/cloud/model';
import type { Stage } from '../workflow/cloud/stage';
import { World } from '../workflow/cloud/world';
import { ACCOUNT, REGION } from './production';

/** One SDK call of a handler, with the service that it went to. */
export interface RecordedCall {
  /** Folder of the handler, for example `deploy-idle`. */
  readonly handler: string;
  readonly service: ServiceName;
  /** Command name without `Command`. */
  readonly operation: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- each operation has its own input
  readonly input: any;
}

/** What a database step reads; nobody listens where its secret points to. */
const CHANGELOG = Buffer.from(JSON.stringify({ root: 'changelog.yaml', files: { 'changelog.yaml': '' } }));
export const CHANGELOG_REFERENCE = {
  key: 'changelogs/1.json',
  sha256: createHash('sha256').update(CHANGELOG).digest('hex'),
};
const DATABASE = { engine: 'postgres', host: '127.0.0.1', port: 1, username: 'a', password: 'b', dbname: 'c' };

type Json = Record<string, unknown>;
type Answer = (input: Json, answered: () => Promise<Json>) => Promise<Json>;

/**
 * The workflow's world with the names of the synthesised template: its functions' environment variables, roles of its
 * task definitions. What handlers ask AWS for is what they would ask for in production.
 */
export class RecordedWorld extends World {
  readonly recorded: RecordedCall[] = [];
  private readonly restore: () => void;

  constructor(
    private readonly assembly: Assembly,
    stage: Stage,
  ) {
    super(stage);
    const { POLICY: _policy, ...settings } = settingsOf(assembly);
    Object.assign(process.env, settings);
    this.useNames(settings);
    this.instances.open(settings.DATABASE_INSTANCE_ID as string, this.secrets.passwords());
    this.restore = this.listen();
  }

  override close(): void {
    this.restore();
    super.close();
  }

  /** The fleets answer to the template's names as well. */
  private useNames(settings: Readonly<Record<string, string>>): void {
    const register = (family: string) =>
      void this.fleets.operations.RegisterTaskDefinition({
        family,
        containerDefinitions: [{ name: 'app', image: 'placeholder' }],
        tags: [],
      });
    register(settings.TEMPLATE_FAMILY as string);
    for (const color of ['blue', 'green'].filter((each) => `${each.toUpperCase()}_SERVICE` in settings)) {
      const of = (name: string) => settings[`${color.toUpperCase()}_${name}`] as string;
      register(of('FAMILY'));
      const service = this.fleets.services[color]!;
      service.taskDefinition = this.fleets.newest(of('FAMILY')).arn;
      this.fleets.services[of('SERVICE')] = this.fleets.services[of('TARGET_GROUP_ARN')] = service;
    }
  }

  private listen(): () => void {
    const { send } = Client.prototype as unknown as { send(this: unknown, command: unknown): Promise<Json> };
    const { door, recorded } = this;
    const answers = this.answers();
    Client.prototype.send = async function (this: { config: object }, command: unknown) {
      const answered = send.call(this, command);
      answered.catch(() => undefined);
      // The door has noted the call before the first moment passes.
      const { handler, operation, input } = door.calls.at(-1)!;
      const service = serviceOf(this.config);
      const name = service === 'dynamodb' && operation !== 'Query' ? `${operation}Item` : operation;
      recorded.push({ handler, service, operation: name, input });
      const answer = answers[operation];
      return answer ? answer(input, () => answered) : answered;
    } as never;
    return () => {
      Client.prototype.send = send as never;
    };
  }

  /** What the fakes leave out of their answers and handlers go on with. */
  private answers(): Readonly<Record<string, Answer>> {
    const { TEMPLATE_FAMILY } = settingsOf(this.assembly);
    const template = this.assembly.find(
      'AWS::ECS::TaskDefinition',
      ({ properties }) => properties.Family === TEMPLATE_FAMILY,
    ).properties;
    return {
      DescribeTaskDefinition: async (_input, answered) => {
        const { taskDefinition, ...rest } = await answered();
        const { TaskRoleArn: taskRoleArn, ExecutionRoleArn: executionRoleArn } = template;
        const secrets = template.ContainerDefinitions[0].Secrets.map(({ ValueFrom }: { ValueFrom: string }) => ({
          valueFrom: ValueFrom,
        }));
        const definition = taskDefinition as Json & { containerDefinitions: Json[] };
        const containerDefinitions = definition.containerDefinitions.map((each) => ({ ...each, secrets }));
        return { ...rest, taskDefinition: { ...definition, containerDefinitions, taskRoleArn, executionRoleArn } };
      },
      ListTasks: async (input, answered) => {
        const others = await answered();
        if (input.serviceName === undefined) return others;
        return { taskArns: [`arn:aws:ecs:${REGION}:${ACCOUNT}:task/${String(input.serviceName)}`] };
      },
      GetObject: async (input, answered) => {
        if (!String(input.Key).startsWith('changelogs/')) return answered();
        // The fake knows no changelogs; what it says to this one is nobody's business.
        await answered().catch(() => undefined);
        return { Body: { transformToByteArray: async () => CHANGELOG } };
      },
      GetSecretValue: async (input, answered) => {
        const answer = await answered();
        const { MIGRATOR_SECRET_ARN, VERIFIER_SECRET_ARN } = process.env;
        const signsIn = [MIGRATOR_SECRET_ARN, VERIFIER_SECRET_ARN].includes(String(input.SecretId));
        return signsIn ? { SecretString: JSON.stringify(DATABASE) } : answer;
      },
    };
  }
}

/** Environment variables of all functions of the workflow together. */
export function settingsOf(assembly: Assembly): Record<string, string> {
  const { stack } = functionOf(assembly, 'open-release');
  const functions = assembly.resources('AWS::Lambda::Function').filter((each) => each.stack === stack);
  return Object.assign({}, ...functions.map(({ properties }) => properties.Environment.Variables));
}

const functionOf = (assembly: Assembly, folder: string) =>
  assembly.find('AWS::Lambda::Function', ({ physicalId }) => physicalId.endsWith(`-${folder}`));

const SERVICES: Readonly<Record<string, ServiceName>> = { 'CloudFront KeyValueStore': 'cloudfront-keyvaluestore' };

/** The SDK's own id of the service, spelled as its package is. */
function serviceOf(config: object): ServiceName {
  const { serviceId } = config as { serviceId: string };
  return SERVICES[serviceId] ?? (serviceId.toLowerCase().replaceAll(' ', '-') as ServiceName);
}
