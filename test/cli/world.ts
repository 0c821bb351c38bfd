import { parseConfig } from '../../lib/config';
import type { Cloud, CloudOptions, ExecutionState, ImageState, RecoveryPoint, StackState } from '../../cli/cloud';
import { CliError } from '../../cli/exit';
import { main } from '../../cli/main';
import type { World } from '../../cli/session';
import type { Terminal } from '../../cli/terminal';

const NOW = Date.parse('2026-11-21T12:00:00Z');

export const PLACES = {
  stateMachineArn: 'arn:aws:states:eu-central-1:111122223333:stateMachine:notes-production-release',
  artifactBucket: 'artifacts',
  url: 'https://notes.example',
  previewKeyArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:PreviewKey-AbCdEf',
};

export const RELEASE = 'v1.1.0-abc';
export const RECORD = {
  id: RELEASE,
  kind: 'release',
  version: 'v1.1.0',
  actor: 'ann',
  startedAt: '2026-11-21T11:58:00.000Z',
};
const ROUTE = {
  v: 1,
  epoch: 7,
  live: 'blue',
  releases: { blue: 'v1.0.0-old', green: RELEASE },
  standby: null,
  shift: { to: 'green', percent: 25 },
  preview: { release: RELEASE },
  maintenance: 'off',
};
export const STATUS = {
  environment: 'production',
  route: ROUTE,
  turn: { number: 3, holder: RELEASE, waiting: ['v1.2.0-def'] },
  hold: { by: 'ops', reason: 'errors', at: '2026-11-21T10:00:00.000Z' },
  frozen: 'frozen by ops until 2026-12-01T00:00:00.000Z: fair',
  live: { release: 'v1.0.0-old', version: 'v1.0.0', at: '2026-11-01T00:00:00.000Z' },
  releases: [RECORD],
};

/** One blue/green environment, so that none needs to be named, and a rolling one. */
export const CONFIG = parseConfig(
  {
    application: { name: 'notes' },
    repository: {},
    container: { port: 8080, cpu: 256, memory: 512 },
    database: { engine: 'postgres', version: '17' },
    environments: [{ name: 'dev', strategy: 'rolling' }, { name: 'production' }],
  },
  new Date(NOW),
);

/** An AWS in memory that remembers what was asked of it. */
export class FakeCloud implements Cloud {
  /** Changing calls, in order: folder or operation, and what was sent. */
  readonly changes: [string, unknown][] = [];
  readonly objects = new Map<string, string>();
  readonly executions = new Map<string, ExecutionState>();
  /** Answers of functions: by folder, for operate and inspect by action. An Error is thrown; of a list, the next each time. */
  answers: Record<string, unknown> = { places: PLACES };
  options: CloudOptions | undefined;

  invoke = async <Result>(folder: string, payload: object, { reads = false } = {}): Promise<Result> => {
    const name = folder === 'operate' || folder === 'inspect' ? (payload as { action: string }).action : folder;
    if (!reads) this.changes.push([folder, payload]);
    const given = this.answers[name];
    const answer = Array.isArray(given) && given.length > 1 ? (given.shift() as unknown) : [given].flat()[0];
    if (answer instanceof Error) throw answer;
    return (answer ?? {}) as Result;
  };

  /** AWS says who called: here, that there is somebody. */
  call = <Result>(folder: string, payload: object): Promise<Result> => this.invoke(folder, payload);

  startRelease = async (_machine: string, name: string, request: object): Promise<string> => {
    this.changes.push(['start', request]);
    return `arn:${name}`;
  };

  describeExecution = async (arn: string) => this.executions.get(arn);

  putIfAbsent = async (bucket: string, key: string, body: Uint8Array): Promise<boolean> => {
    const name = `${bucket}/${key}`;
    if (this.objects.has(name)) return false;
    this.objects.set(name, Buffer.from(body).toString());
    return true;
  };

  getText = async (bucket: string, key: string): Promise<string> => {
    const text = this.objects.get(`${bucket}/${key}`);
    if (text === undefined) throw new CliError(`${key} does not exist`);
    return text;
  };

  /** Stacks by name, of `us-east-1` with the region in front. */
  readonly stacks = new Map<string, StackState>();
  describeStack = async (name: string, region?: string) => this.stacks.get(region ? `${region} ${name}` : name);

  /** Recovery points by resource and images by repository and tag, both of the other region. */
  readonly recoveryPoints = new Map<string, RecoveryPoint>();
  newestRecoveryPoint = async (resource: string) => this.recoveryPoints.get(resource);
  readonly images = new Map<string, ImageState>();
  image = async (repository: string, tag: string) => this.images.get(`${repository}:${tag}`);

  secret = async (): Promise<string> => 'the preview key';
}

/** A cloud whose functions answer so. */
export function cloudWith(answers: Record<string, unknown>): FakeCloud {
  const cloud = new FakeCloud();
  Object.assign(cloud.answers, answers);
  return cloud;
}

export interface Ran {
  readonly code: number;
  readonly out: string[];
  readonly err: string[];
}

export interface RunOptions {
  readonly cloud?: FakeCloud;
  /** A person's answer; without one there is no terminal. */
  readonly answer?: string;
  readonly env?: Record<string, string>;
  readonly world?: Partial<World>;
  /** Width of the window. @default - the output goes elsewhere */
  readonly columns?: number;
  /** Runs at each pause, for what happens meanwhile. */
  readonly onSleep?: (interrupt: () => void) => void;
}

/** Runs the command line in this process, against a cloud in memory and a clock that only pauses move. */
export async function greenroom(args: string[], options: RunOptions = {}): Promise<Ran> {
  const { cloud = new FakeCloud(), answer, env = { USER: 'ann' }, onSleep, columns } = options;
  const out: string[] = [];
  const err: string[] = [];
  let now = NOW;
  let interrupt = (): void => undefined;
  const terminal: Terminal = {
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    live: () => undefined,
    columns,
    interactive: answer !== undefined,
    ask: async (question) => {
      err.push(question);
      return answer ?? '';
    },
    env,
    now: () => now,
    sleep: async (ms, signal) => {
      now += ms;
      onSleep?.(() => interrupt());
      signal?.throwIfAborted();
    },
    onInterrupt: (call) => {
      interrupt = call;
      return () => undefined;
    },
  };
  const world: World = {
    terminal,
    loadConfig: async () => CONFIG,
    cloud: (given) => Object.assign(cloud, { options: given }),
    localFile: '/nowhere/local.json',
    gitEmail: () => undefined,
    ...options.world,
  };
  return { code: await main(args, world), out, err };
}
