import { createHash } from 'node:crypto';
import { createContext, Script } from 'node:vm';
import { viewerRequestCode, viewerResponseCode } from '../../lib/constructs/edge-function';

/** Paths that the tests configure; the function's text gets them at synthesis. */
const HEALTH_PATHS = ['/livez', '/readyz'];

export interface Field {
  value: string;
  multiValue?: { value: string }[];
}

/** The event of CloudFront Functions, as far as the function reads it. */
export interface ViewerEvent {
  version: '1.0';
  context: { eventType: 'viewer-request'; requestId: string };
  viewer: { ip: string };
  request: {
    method: string;
    uri: string;
    querystring: Record<string, Field>;
    headers: Record<string, Field>;
    cookies: Record<string, Field>;
  };
}

export interface Answer {
  statusCode: number;
  headers: Record<string, Field>;
  cookies?: Record<string, { value: string; attributes: string }>;
  body: { encoding: string; data: string };
}

/** What became of a request: an answer of the function's own, or a request to an origin. */
export type Decision =
  | { kind: 'answer'; answer: Answer; reads: number; logs: string[] }
  | {
      kind: 'origin';
      origin: string;
      /** The origin that is asked when the first one has no such file. */
      second?: string;
      request: ViewerEvent['request'];
      reads: number;
      hashes: number;
      logs: string[];
    };

/** A store that answers a read: the stored text, or a throw as the real one does on a missing key. */
export type Store = () => string | undefined;

/**
 * Runs the very text that is deployed, in a context that has the language and nothing of Node.js, with stubs for the
 * two modules that the runtime offers.
 */
export class EdgeRuntime {
  readonly text: string;
  private readonly handler: (event: ViewerEvent) => Promise<Answer | ViewerEvent['request']>;
  private origins: string[] = [];
  private logs: string[] = [];
  private reads = 0;
  private hashes = 0;

  constructor(
    private readonly store: Store,
    options: { knownOrigins?: string[]; originGroups?: boolean } = {},
  ) {
    const known = options.knownOrigins ?? ['blue', 'green'];
    this.text = viewerRequestCode(HEALTH_PATHS);
    const cf = {
      kvs: () => ({
        get: async (key: string, { format }: { format: string }): Promise<unknown> => {
          this.reads += 1;
          const text = key === 'route' ? this.store() : undefined;
          if (text === undefined) throw new Error('Key not found');
          return format === 'json' ? JSON.parse(text) : text;
        },
      }),
      selectRequestOriginById: (id: string) => {
        if (!known.includes(id)) throw new Error(`there is no origin ${id}`);
        this.origins.push(id);
      },
      createRequestOriginGroup: ({ originIds, failoverCriteria }: OriginGroup) => {
        if (options.originGroups === false) throw new Error('origin groups are not supported');
        if (originIds.some(({ originId }) => !known.includes(originId))) throw new Error('unknown origin');
        if (failoverCriteria.statusCodes.join() !== '404')
          throw new Error('only what is missing may come from the other');
        this.origins.push(...originIds.map(({ originId }) => originId));
      },
    };
    const modules: Record<string, unknown> = {
      crypto: {
        createHash: (algorithm: string) => {
          this.hashes += 1;
          return createHash(algorithm);
        },
      },
    };
    const context = createContext({
      cf,
      require: (name: string) => modules[name],
      console: { log: (line: string) => this.logs.push(line) },
    });
    const script = this.text.replace("import cf from 'cloudfront';", '');
    this.handler = new Script(`${script}\nhandler;`).runInContext(context) as typeof this.handler;
  }

  /** Calls the function as the service would. @throws whatever the function throws, which must be nothing */
  async run(event: ViewerEvent): Promise<Decision> {
    this.origins = [];
    this.logs = [];
    this.reads = 0;
    this.hashes = 0;
    const result = await this.handler(event);
    const { reads, hashes, logs } = this;
    if ('statusCode' in result) return { kind: 'answer', answer: result, reads, logs };
    const [origin, second] = this.origins;
    if (origin === undefined || this.origins.length > 2) {
      throw new Error(`the request goes to ${this.origins.length} origins`);
    }
    return { kind: 'origin', origin, ...(second !== undefined && { second }), request: result, reads, hashes, logs };
  }

  /** The handler itself, for benchmarks that must not count the stubs' bookkeeping. */
  get raw(): (event: ViewerEvent) => Promise<unknown> {
    return this.handler;
  }
}

/** An answer's head on its way to the viewer. */
export interface ViewerResponse {
  statusCode: number;
  headers: Record<string, Field>;
  cookies: Record<string, { value: string; attributes?: string }>;
}

/** Runs the deployed text of the viewer-response function. */
export class ViewerResponseRuntime {
  private readonly handler: (event: object) => ViewerResponse;

  constructor() {
    this.handler = new Script(`${viewerResponseCode()}\nhandler;`).runInContext(
      createContext({}),
    ) as typeof this.handler;
  }

  /** @param request as the viewer-request function left it */
  run(request: ViewerEvent['request'], response: ViewerResponse): ViewerResponse {
    return this.handler({ version: '1.0', context: { eventType: 'viewer-response' }, request, response });
  }
}

interface OriginGroup {
  originIds: { originId: string }[];
  failoverCriteria: { statusCodes: number[] };
}

/** A viewer's request; everything that is not given is what a browser would send. */
export function viewerEvent(
  request: { method?: string; uri?: string; ip?: string; id?: string } & {
    headers?: Record<string, string>;
    cookies?: Record<string, string>;
    query?: Record<string, string>;
  } = {},
): ViewerEvent {
  return {
    version: '1.0',
    context: { eventType: 'viewer-request', requestId: request.id ?? 'request-1' },
    viewer: { ip: request.ip ?? '192.0.2.1' },
    request: {
      method: request.method ?? 'GET',
      uri: request.uri ?? '/',
      querystring: fields(request.query),
      headers: fields({ host: 'notes.example.com', 'user-agent': 'Mozilla/5.0', ...request.headers }),
      cookies: fields(request.cookies),
    },
  };
}

function fields(values: Record<string, string> = {}): Record<string, Field> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));
}
