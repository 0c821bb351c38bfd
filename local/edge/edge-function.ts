import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash, createHmac } from 'node:crypto';
import * as querystring from 'node:querystring';
import { createContext, Script } from 'node:vm';
import type { FunctionEvent, FunctionRequest, FunctionResponse, ResponseEvent } from './function-event';

/** What the function decided about a request. */
export interface FunctionResult {
  readonly request?: FunctionRequest;
  /** A response that the function made itself. */
  readonly response?: FunctionResponse;
  /** Origin that it selected; undefined leaves the one of the cache behavior. */
  readonly origin?: string;
  /** Origins that it put into a group: the second is asked when the first answers with one of the statuses. */
  readonly group?: OriginGroup;
}

export interface OriginGroup {
  readonly origins: readonly [string, string];
  readonly failoverStatuses: readonly number[];
}

/** Largest function code that CloudFront takes, in bytes. */
const CODE_BYTES = 10 * 1024;

interface Invocation {
  origin?: string;
  group?: OriginGroup;
}

/** `import name from 'module'` of the runtime, which node:vm's scripts do not know. */
const IMPORT = /^\s*import\s+([A-Za-z_$][\w$]*)\s+from\s*['"]([\w:]+)['"]\s*;?/gm;

/**
 * The text of a CloudFront function (runtime 2.0), run as it stands in a context of its own: one for each edge
 * location, which reads the KeyValueStore as this location sees it.
 */
export class EdgeFunction {
  private readonly handler: (event: FunctionEvent | ResponseEvent) => unknown;
  private readonly current = new AsyncLocalStorage<Invocation>();

  /** @throws Error when the code is too large, imports what the runtime has not, or has no `handler`. */
  constructor(code: string, read: () => ReadonlyMap<string, string>, onLog: (line: string) => void = () => undefined) {
    if (Buffer.byteLength(code) > CODE_BYTES) {
      throw new Error(`the CloudFront function has ${Buffer.byteLength(code)} bytes, it may have ${CODE_BYTES}`);
    }
    const modules: Record<string, unknown> = { cloudfront: this.cloudfront(read), crypto: RUNTIME_CRYPTO, querystring };
    const script = code.replaceAll(IMPORT, (_line, name: string, module: string) => {
      requireFrom(modules)(module);
      return `const ${name} = __modules.${module};`;
    });
    const context = createContext(
      {
        __modules: modules,
        require: requireFrom(modules),
        Buffer,
        console: { log: (...words: unknown[]) => onLog(words.join(' ')) },
      },
      // CloudFront Functions have no eval and no Function constructor either.
      { codeGeneration: { strings: false, wasm: false } },
    );
    new Script(script, { filename: 'viewer-request.js' }).runInContext(context);
    this.handler = new Script('handler').runInContext(context) as typeof this.handler;
  }

  /** @throws what the function throws: CloudFront answers 503 then. */
  async run(event: FunctionEvent): Promise<FunctionResult> {
    const invocation: Invocation = {};
    const result = await this.current.run(invocation, async () => this.handler(event));
    if (typeof result !== 'object' || result === null) throw new Error('the function returned no request or response');
    if ('statusCode' in result) return { response: result as FunctionResponse };
    return { request: result as FunctionRequest, origin: invocation.origin, group: invocation.group };
  }

  /**
   * Runs a viewer-response function on an answer's head, which is on its way.
   *
   * @throws what the function throws, and Error when it waits for something
   */
  runOnResponse(event: ResponseEvent): FunctionResponse {
    const result = this.handler(event);
    if (typeof result !== 'object' || result === null || !('statusCode' in result)) {
      throw new Error('the viewer-response function must return a response, at once');
    }
    return result as FunctionResponse;
  }

  private get invocation(): Invocation {
    const invocation = this.current.getStore();
    if (!invocation) throw new Error('an origin was selected outside a request');
    return invocation;
  }

  private cloudfront(read: () => ReadonlyMap<string, string>): object {
    return {
      kvs: () => storeHandle(read),
      selectRequestOriginById: (id: string) => {
        this.invocation.origin = id;
      },
      createRequestOriginGroup: (given: OriginGroupGiven) => {
        const [first, second] = given.originIds.map(({ originId }) => originId);
        const { statusCodes } = given.failoverCriteria;
        if (!first || !second || given.originIds.length !== 2 || statusCodes.length === 0) {
          throw new Error('createRequestOriginGroup needs two origins and the status codes of the failover');
        }
        this.invocation.group = { origins: [first, second], failoverStatuses: [...statusCodes] };
      },
      updateRequestOrigin: () => {
        throw new Error('updateRequestOrigin does not work with VPC origins; use selectRequestOriginById');
      },
    };
  }
}

interface OriginGroupGiven {
  readonly originIds: readonly { readonly originId: string }[];
  readonly failoverCriteria: { readonly statusCodes: readonly number[] };
}

/** The runtime's `require`: built-in modules only. */
function requireFrom(modules: Readonly<Record<string, unknown>>): (name: string) => unknown {
  return (name) => {
    if (!Object.hasOwn(modules, name))
      throw new Error(`the CloudFront function needs "${name}", which the runtime lacks`);
    return modules[name];
  };
}

/** `cf.kvs()`: reading only; `get` throws on a missing key. */
function storeHandle(read: () => ReadonlyMap<string, string>): object {
  return {
    get: async (key: string, options: { format?: 'string' | 'json' | 'bytes' } = {}) => {
      const value = read().get(key);
      if (value === undefined) throw new Error('KeyNotFound');
      if (options.format === 'json') return JSON.parse(value) as unknown;
      return options.format === 'bytes' ? Buffer.from(value) : value;
    },
    exists: async (key: string) => read().has(key),
    count: async () => read().size,
    meta: async () => ({ keyCount: read().size }),
  };
}

/** The runtime's `crypto`: hashes and HMAC with md5, sha1 and sha256. */
const RUNTIME_CRYPTO = {
  createHash: (algorithm: string) => createHash(known(algorithm)),
  createHmac: (algorithm: string, key: string) => createHmac(known(algorithm), key),
};

function known(algorithm: string): string {
  if (!['md5', 'sha1', 'sha256'].includes(algorithm)) throw new Error(`the runtime has no hash "${algorithm}"`);
  return algorithm;
}
