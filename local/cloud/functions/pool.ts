import type { Assembly } from '../../assembly';
import { functionSettings } from './settings';
import { FunctionError, FunctionWorker } from './worker';
import type { FunctionSettings } from './worker';

export interface FunctionPoolOptions {
  readonly assembly: Assembly;
  /** The door's URL. A function, because functions and door may be made in either order. */
  readonly endpoint: string | (() => string);
  /** Requests of the functions' global `fetch` to `https://<host>` go to `target` instead. */
  readonly edge: { readonly host: string; readonly target: string };
  /** A line that a function wrote to its console. @default - dropped */
  readonly onLog?: (functionName: string, line: string) => void;
  /** Variables that replace those of the template, for all functions (for example certificates). @default - none */
  readonly env?: Readonly<Record<string, string>>;
  /** Idle workers that are kept warm, over all functions. @default 6 */
  readonly warm?: number;
}

/** Each worker holds the code of its function and the SDK clients in it: 30 to 60 MB. */
const WARM = 6;

/**
 * Runs the bundled functions of the assembly as they would be uploaded, each in worker threads with an environment of
 * its own. A worker is used again, so that code is loaded once and not at each call.
 */
export class FunctionPool {
  private readonly settings = new Map<string, FunctionSettings>();
  /** Idle workers, the one used longest ago first. */
  private idle: FunctionWorker[] = [];
  private readonly busy = new Set<FunctionWorker>();
  private readonly leaving = new Set<Promise<void>>();
  private closed = false;

  constructor(private readonly options: FunctionPoolOptions) {}

  /** Physical names of all functions. */
  names(): string[] {
    return this.options.assembly.resources('AWS::Lambda::Function').map(({ physicalId }) => physicalId);
  }

  /**
   * Invokes a function by name or ARN, and gives back what it returned.
   *
   * @throws Error whose name is Lambda's errorType and whose message is its errorMessage
   */
  async invoke(functionName: string, payload: unknown): Promise<unknown> {
    if (this.closed)
      throw new FunctionError({ errorType: 'Lambda.Unknown', errorMessage: 'the function pool is closed' });
    const name = nameOf(functionName);
    const worker = this.take(name);
    this.busy.add(worker);
    try {
      return await worker.invoke(payload, aliasOf(functionName));
    } finally {
      this.busy.delete(worker);
      this.giveBack(worker);
    }
  }

  /**
   * Ends the workers that run a function now, as if its process had died at this very moment: their invocations fail
   * with Runtime.ExitError. For fault campaigns.
   */
  async kill(functionName: string): Promise<void> {
    const name = nameOf(functionName);
    const victims = [...this.busy].filter(({ settings }) => settings.name === name);
    await Promise.all(victims.map((worker) => worker.terminate()));
  }

  /** Ends all workers; invocations under way fail. */
  async close(): Promise<void> {
    this.closed = true;
    const workers = [...this.idle, ...this.busy];
    this.idle = [];
    await Promise.all([...workers.map((worker) => worker.terminate()), ...this.leaving]);
  }

  private take(name: string): FunctionWorker {
    const index = this.idle.findLastIndex((worker) => worker.settings.name === name && !worker.ended);
    const [warm] = index < 0 ? [] : this.idle.splice(index, 1);
    if (warm) return warm;
    const onLine = (line: string) => this.options.onLog?.(name, line);
    return new FunctionWorker(this.settingsOf(name), this.options.edge, onLine);
  }

  private giveBack(worker: FunctionWorker): void {
    if (this.closed || worker.ended) return;
    this.idle = [...this.idle.filter(({ ended }) => !ended), worker];
    while (this.idle.length > (this.options.warm ?? WARM)) this.end(this.idle.shift()!);
  }

  private end(worker: FunctionWorker): void {
    const gone = worker.terminate().finally(() => this.leaving.delete(gone));
    this.leaving.add(gone);
  }

  private settingsOf(name: string): FunctionSettings {
    let known = this.settings.get(name);
    if (!known) {
      const { assembly, endpoint, env = {} } = this.options;
      const resource = assembly.find('AWS::Lambda::Function', ({ physicalId }) => physicalId === name);
      const url = typeof endpoint === 'string' ? endpoint : endpoint();
      this.settings.set(name, (known = functionSettings(assembly, resource, url, env)));
    }
    return known;
  }
}

/** The alias that a function is invoked by, if any. */
function aliasOf(functionName: string): string | undefined {
  return partsOf(functionName)[1];
}

/** `name`, `name:alias`, or an ARN with or without version. */
export function nameOf(functionName: string): string {
  return partsOf(functionName)[0] ?? functionName;
}

/** What stands after `:function:`, where there is that. */
function partsOf(functionName: string): string[] {
  return (functionName.split(':function:').at(-1) ?? functionName).split(':');
}
