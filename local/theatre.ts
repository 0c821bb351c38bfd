import { parseRoute, type Route, ROUTE_KEY } from '../lambda/domain/route';
import { readPolicy } from '../lambda/domain/policy';
import { URL_ALIAS } from '../lambda/domain/steps';
import type { RevertResult } from '../lambda/revert/request';
import type { Broken } from './broken';
import { callByUrl } from './cloud/function-urls';
import { type Load, type LoadOptions, startLoad } from './load';
import type { TheatreOptions } from './options';
import { Cleanup } from './stage/cleanup';
import type { TheatreEvent } from './stage/events';
import type { Ledger } from './stage/ledger';
import { openParts, type Parts } from './stage/parts';
import type { Published } from './stage/registry';
import { ACCOUNT } from './stage/run-time-values';
import { type Cutover, CutoverClock } from './stage/turnover';

export type { Broken } from './broken';
export type { TheatreEvent } from './stage/events';

/** How an execution of the release state machine ended. */
export interface ReleaseResult {
  readonly release: string;
  readonly status: string;
  /** The ledger's words; undefined when the release never got a record. */
  readonly outcome?: string;
  readonly reason?: string;
  readonly error?: string;
  readonly cause?: string;
}

/** An environment that runs on this machine: the synthesised workflow over real processes. */
export class Theatre {
  readonly ledger: Ledger;
  private count = 0;
  private running: Load | undefined;
  private readonly clock: CutoverClock;

  /** Use {@link openTheatre}. */
  constructor(
    readonly parts: Parts,
    readonly options: Required<Pick<TheatreOptions, 'environment' | 'speed'>> & TheatreOptions,
    private readonly cleanup: Cleanup,
    private readonly listeners: Set<(event: TheatreEvent) => void>,
  ) {
    this.ledger = parts.ledger;
    this.clock = new CutoverClock(parts.edge.edge.served);
    this.listen((event) => {
      if (event.type === 'route') this.clock.onRoute(event.route);
    });
  }

  /** Where viewers find the application. */
  get url(): string {
    return this.parts.edge.edge.url;
  }

  /** Where QA and operators find the console; undefined when the environment has none. */
  get console(): string | undefined {
    return this.parts.console?.url;
  }

  /** The route as it was written last; null before the first release. */
  route(): Route | null {
    const text = this.parts.edge.store.latest(ROUTE_KEY);
    return text === undefined ? null : parseRoute(text);
  }

  /** Hears of everything that happens. @returns a function that ends it */
  listen(listener: (event: TheatreEvent) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Times of the last cutover; undefined before the first. They mean something only under load. */
  get cutover(): Cutover | undefined {
    return this.clock.figures;
  }

  /** Rows of the changelog table. */
  async appliedChangesets(): Promise<number> {
    const { server, name } = this.parts.database;
    const { rows } = await server.withClient(name, (client) => client.query('SELECT count(*) FROM databasechangelog'));
    return Number(rows[0]?.count ?? 0);
  }

  /** Builds a version and puts image, scan result and changelog where the workflow finds them. */
  publish(version: string, options: { readonly fault?: Broken } = {}): Promise<Published> {
    const { registry, models, settings } = this.parts;
    const { provenance } = readPolicy(settings.POLICY as string);
    return registry.publish(version, options.fault, models.s3 ?? {}, settings.ARTIFACT_BUCKET as string, provenance);
  }

  /**
   * Starts a release as an operator.
   *
   * @param request more members of the release request, for example `freezeExemption`
   */
  start(version: string, request: object = {}): { release: string; ended: Promise<ReleaseResult> } {
    this.count += 1;
    const release = `${version}-${this.count}`;
    const { executions, settings } = this.parts;
    const input = { version, actor: 'developer', ...request };
    const { arn } = executions.start(settings.STATE_MACHINE_ARN as string, release, input);
    return { release, ended: this.ended(arn) };
  }

  /** Starts a release and waits for its end. */
  release(version: string, request?: object): Promise<ReleaseResult> {
    return this.start(version, request).ended;
  }

  /** Approves or rejects a release, as QA does. @throws Error with the name of the workflow's error */
  async decide(release: string, decision: 'approve' | 'reject', reason?: string): Promise<void> {
    await this.call('qa', 'decide', { release, decision, reason });
  }

  /** Sends traffic back. */
  revert(reason: string, by = 'operator'): Promise<RevertResult> {
    return this.call(by, 'revert', { reason }) as Promise<RevertResult>;
  }

  /** Waits for the end of an execution of the release state machine, for example of a cold revert's. */
  async ended(execution: string): Promise<ReleaseResult> {
    await this.parts.executions.ended(execution);
    return this.result(execution.split(':').at(-1) ?? execution, execution);
  }

  /** Calls a function by its URL, as a person does. @throws Error with the name of the workflow's error */
  async call(person: string, folder: string, payload: object): Promise<unknown> {
    const { functions } = this.parts;
    const name = `${this.prefix}-${folder}:${URL_ALIAS}`;
    const request = { method: 'POST', body: Buffer.from(JSON.stringify(payload)) };
    const { status, body } = await callByUrl(functions, name, request, {
      principal: { name: person },
      account: ACCOUNT,
    });
    if (status === 502) throw new Error(`${folder} failed; its log says why`);
    const answer = JSON.parse(body.toString()) as { error?: string; message?: string };
    if (status === 200) return answer;
    throw Object.assign(new Error(answer.message), { name: answer.error });
  }

  /** Invokes one of the environment's functions by its folder. */
  invoke(folder: string, payload: unknown): Promise<unknown> {
    return this.parts.functions.invoke(`${this.prefix}-${folder}`, payload);
  }

  /** Starts viewers; one load at a time. */
  async startLoad(options: Omit<LoadOptions, 'url'> = {}): Promise<Load> {
    const load = await startLoad({ url: this.url, seed: this.options.seed, ...options });
    this.running = load;
    this.cleanup.add('load', () => load.close());
    load.on('tick', (tick, stats) => this.emit({ type: 'load', tick, stats }));
    load.on('failed', (error) => this.emit({ type: 'problem', source: 'load', message: error.message }));
    return load;
  }

  /** The load that runs or ran last. */
  get load(): Load | undefined {
    return this.running;
  }

  /** Ends every process and removes every file. Safe to call at any time, more than once. */
  close(): Promise<void> {
    return this.cleanup.run((what, error) => this.emit({ type: 'problem', source: what, message: error.message }));
  }

  private get prefix(): string {
    return this.parts.settings.CLUSTER_NAME as string;
  }

  private emit(event: TheatreEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  private async result(release: string, arn: string): Promise<ReleaseResult> {
    const { status, error, cause } = this.parts.executions.describe(arn);
    const record = await this.ledger.record(release);
    return { release, status, error, cause, outcome: record?.outcome, reason: record?.reason };
  }
}

/** Opens a theatre. @throws Error in one line for what a user can mend (port, environment, platform) */
export async function openTheatre(given: TheatreOptions = {}): Promise<Theatre> {
  const options = { environment: 'production', speed: 60, seed: 1, ...given };
  const cleanup = new Cleanup();
  const listeners = new Set<(event: TheatreEvent) => void>();
  if (given.onEvent) listeners.add(given.onEvent);
  const emit = (event: TheatreEvent): void => listeners.forEach((listener) => listener(event));
  try {
    return new Theatre(await openParts(options, cleanup, emit), options, cleanup, listeners);
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}
