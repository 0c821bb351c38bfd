import { Client } from '@smithy/core/client';
import { AsyncLocalStorage } from 'node:async_hooks';
import { AwsError } from '../../../local/cloud/model';

/** One SDK call of a handler. */
export interface Call {
  /** Folder of the handler, for example `deploy-idle`. */
  readonly handler: string;
  /** Command name without `Command`; the document client's are `Get`, `Put`, `Update`, `Delete`, `Query`. */
  readonly operation: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- each operation has its own input
  readonly input: any;
  /** How often the handler's folder made this call before, over the whole run. */
  readonly nth: number;
  /** Which invocation of a handler made it; 0 for none. */
  readonly invocation: number;
}

/** What may go wrong at a call. */
export type Fault =
  /** The call fails without effect, after the SDK's own attempts. */
  | 'throttled'
  | 'broken'
  | 'denied'
  /** The effect is there, the answer is lost. */
  | 'lost'
  /** The SDK tried twice since the first answer was lost: both arrived, the second one's answer counts. */
  | 'twice'
  /** The process ends right after the effect: the handler neither returns nor throws. */
  | 'killed';

export interface Interference {
  readonly matches: (call: Call) => boolean;
  readonly fault?: Fault;
  /** Runs before the call has its effect, or after it: another handler, an operator. */
  readonly before?: () => Promise<unknown> | void;
  readonly after?: () => Promise<unknown> | void;
  /** @default 1 */
  times?: number;
}

// oxlint-disable-next-line typescript/no-explicit-any -- each operation has its own input
export type Operations = Record<string, (input: any) => Promise<object>>;

interface Invocation {
  readonly id: number;
  readonly handler: string;
  readonly kill: () => void;
  /** A process that is gone has no effect any more. */
  gone: boolean;
}

/** The in-process door: SDK calls of handlers imported from source are answered here. */
export class Door {
  readonly calls: Call[] = [];
  readonly interferences: Interference[] = [];
  /** Stands around every effect, for whoever watches what is done. @default - nobody does */
  around: (call: Call, effect: () => Promise<object>) => Promise<object> = (_call, effect) => effect();
  private invoked = 0;
  private readonly counts = new Map<string, number>();
  private readonly invocations = new AsyncLocalStorage<Invocation>();

  constructor(
    readonly operations: Operations,
    public latency: () => Promise<void>,
  ) {}

  /**
   * Runs a handler; a killed one ends like a Lambda whose process is gone.
   *
   * @param timeout resolves when the function's time is over. @default - it has all the time there is
   */
  invoke<T>(handler: string, run: () => Promise<T>, timeout?: Promise<unknown>): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = (name: string, message: string) => {
        invocation.gone = true;
        reject(Object.assign(new Error(message), { name }));
      };
      const kill = () => end('Runtime.ExitError', 'RequestId: 0 Error: Runtime exited with error: signal: killed');
      const invocation: Invocation = { id: ++this.invoked, handler, kill, gone: false };
      void timeout?.then(() => end('Sandbox.Timedout', `${handler}: Task timed out`));
      this.invocations.run(invocation, () => run().then(resolve, reject));
    });
  }

  /** Intercepts every SDK client of this process. @returns the way back. */
  install(): () => void {
    const { send } = Client.prototype;
    Client.prototype.send = ((command: { constructor: { name: string }; input: unknown }) =>
      this.call(command.constructor.name.replace(/Command$/, ''), command.input)) as never;
    return () => {
      Client.prototype.send = send;
    };
  }

  /** Makes a call in the name of the handler that runs. */
  async call(operation: string, input: unknown): Promise<object> {
    const invocation = this.invocations.getStore();
    const handler = invocation?.handler ?? 'operator';
    const kind = `${handler} ${operation}`;
    const nth = this.counts.get(kind) ?? 0;
    this.counts.set(kind, nth + 1);
    const call: Call = { handler, operation, input, nth, invocation: invocation?.id ?? 0 };
    this.calls.push(call);
    const serve = this.operations[operation];
    if (serve === undefined) throw new Error(`the in-process door does not know ${operation}`);
    const found = this.interferences.find((each) => (each.times ?? 1) > 0 && each.matches(call));
    if (found !== undefined) found.times = (found.times ?? 1) - 1;
    await found?.before?.();
    await this.latency();
    if (invocation?.gone) return new Promise(() => undefined);
    if (found?.fault === 'throttled') throw failure('ThrottlingException', 400);
    if (found?.fault === 'broken') throw failure('InternalFailure', 500);
    if (found?.fault === 'denied') throw failure('AccessDeniedException', 403);
    const effect = () => this.around(call, () => serve(input));
    if (found?.fault === 'twice') await effect();
    const output = await effect();
    await found?.after?.();
    if (found?.fault === 'lost') throw failure('TimeoutError', 0);
    if (found?.fault === 'killed') {
      invocation?.kill();
      return new Promise(() => undefined);
    }
    return output;
  }
}

function failure(name: string, httpStatusCode: number): Error {
  return Object.assign(new AwsError(name, `${name} (injected)`), { $metadata: { httpStatusCode } });
}
