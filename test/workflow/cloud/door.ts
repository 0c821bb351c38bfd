import { Client } from '@smithy/core/client';
import { AsyncLocalStorage } from 'node:async_hooks';
import { AwsError } from '../../../local/cloud/model';

/** One SDK call of a handler. */
export interface Call {
  /** Folder of the handler, for example `deploy-idle`. */
  readonly handler: string;
  /** Command name without `Command`; the document client's are `Get`, `Put`, `Update`, `Delete`, `Query`. */
  readonly operation: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each operation has its own input
  readonly input: any;
  /** How often the handler's folder made this call before, over the whole run. */
  readonly nth: number;
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

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each operation has its own input
export type Operations = Readonly<Record<string, (input: any) => Promise<object>>>;

interface Invocation {
  readonly handler: string;
  readonly kill: () => void;
}

/** The in-process door: SDK calls of handlers imported from source are answered here. */
export class Door {
  readonly calls: Call[] = [];
  readonly interferences: Interference[] = [];
  private readonly counts = new Map<string, number>();
  private readonly invocations = new AsyncLocalStorage<Invocation>();

  constructor(
    private readonly operations: Operations,
    private readonly latency: () => Promise<void>,
  ) {}

  /** Runs a handler; a killed one ends like a Lambda whose process is gone. */
  invoke<T>(handler: string, run: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const gone = new Error('RequestId: 0 Error: Runtime exited with error: signal: killed');
      gone.name = 'Runtime.ExitError';
      this.invocations.run({ handler, kill: () => reject(gone) }, () => run().then(resolve, reject));
    });
  }

  /** Intercepts every SDK client of this process. @returns the way back. */
  install(): () => void {
    const { send } = Client.prototype;
    Client.prototype.send = ((command: { constructor: { name: string }; input: unknown }) =>
      this.answer(command.constructor.name.replace(/Command$/, ''), command.input)) as never;
    return () => {
      Client.prototype.send = send;
    };
  }

  private async answer(operation: string, input: unknown): Promise<object> {
    const { handler, kill } = this.invocations.getStore() ?? { handler: 'operator', kill: () => undefined };
    const kind = `${handler} ${operation}`;
    const nth = this.counts.get(kind) ?? 0;
    this.counts.set(kind, nth + 1);
    const call: Call = { handler, operation, input, nth };
    this.calls.push(call);
    const serve = this.operations[operation];
    if (serve === undefined) throw new Error(`the in-process door does not know ${operation}`);
    const found = this.interferences.find((each) => (each.times ?? 1) > 0 && each.matches(call));
    if (found !== undefined) found.times = (found.times ?? 1) - 1;
    await found?.before?.();
    await this.latency();
    if (found?.fault === 'throttled') throw failure('ThrottlingException', 400);
    if (found?.fault === 'broken') throw failure('InternalFailure', 500);
    if (found?.fault === 'denied') throw failure('AccessDeniedException', 403);
    if (found?.fault === 'twice') await serve(input);
    const output = await serve(input);
    await found?.after?.();
    if (found?.fault === 'lost') throw failure('TimeoutError', 0);
    if (found?.fault === 'killed') {
      kill();
      return new Promise(() => undefined);
    }
    return output;
  }
}

function failure(name: string, httpStatusCode: number): Error {
  return Object.assign(new AwsError(name, `${name} (injected)`), { $metadata: { httpStatusCode } });
}
