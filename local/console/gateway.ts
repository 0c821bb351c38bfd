import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Assembly } from '../assembly';
import type { FunctionPool } from '../cloud';
import { explainPort, HOST } from '../edge/fixed-port';

export interface GatewayOptions {
  readonly assembly: Assembly;
  readonly functions: Pick<FunctionPool, 'invoke'>;
  /** Claims of a token that is to be trusted, undefined for any other. */
  readonly verify: (token: string) => Promise<Record<string, unknown> | undefined>;
  /** Addresses that only DNS on AWS would lead to, and where they are here. */
  readonly addresses: Readonly<Record<string, string>>;
  /** @default 0, any free port */
  readonly port?: number;
  readonly onProblem?: (message: string) => void;
}

interface Route {
  readonly key: string;
  readonly method: string;
  readonly path: RegExp;
  readonly functionArn: string;
  readonly authorized: boolean;
}

interface FunctionAnswer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** As API Gateway: 10 MB. */
const LONGEST_BODY = 10 * 1024 * 1024;

/**
 * The console's distribution and HTTP API in one: routes, integrations and authorizers of the template, served on
 * loopback by the bundled functions.
 */
export class Gateway {
  private readonly routes: readonly Route[];
  private readonly server: Server;

  private constructor(private readonly options: GatewayOptions) {
    this.routes = routesOf(options.assembly);
    this.server = createServer((request, response) => {
      this.serve(request, response).catch((error: Error) => {
        options.onProblem?.(error.message);
        answer(response, { statusCode: 500, body: '{"message":"Internal Server Error"}' });
      });
    });
  }

  static async open(options: GatewayOptions): Promise<Gateway> {
    const gateway = new Gateway(options);
    await new Promise<void>((resolve, reject) => {
      gateway.server.once('error', (error) => reject(explainPort(error, options.port, '--console-port')));
      gateway.server.listen(options.port ?? 0, HOST, resolve);
    });
    return gateway;
  }

  get url(): string {
    return `http://${HOST}:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A name that somebody else made point here (DNS rebinding) gets nothing.
    if (request.headers.host !== new URL(this.url).host) return answer(response, { statusCode: 403 });
    const { pathname, search, searchParams } = new URL(request.url ?? '/', this.url);
    const { method = 'GET' } = request;
    const route = this.routes.find((each) => each.method === method && each.path.test(pathname));
    if (!route) return answer(response, { statusCode: 404, body: '{"message":"Not Found"}' });
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, [value ?? ''].flat().join(',')]),
    );
    const claims = await this.options.verify((headers.authorization ?? '').replace(/^Bearer /i, ''));
    if (route.authorized && !claims) {
      return answer(response, { statusCode: 401, body: '{"message":"Unauthorized"}' });
    }
    const result = (await this.options.functions.invoke(route.functionArn, {
      version: '2.0',
      routeKey: route.key,
      rawPath: pathname,
      rawQueryString: search.slice(1),
      headers,
      queryStringParameters: Object.fromEntries(searchParams),
      pathParameters: decoded(route.path.exec(pathname)?.groups),
      body: await read(request),
      isBase64Encoded: false,
      requestContext: {
        http: { method, path: pathname },
        stage: '$default',
        // API Gateway hands all claims on as texts.
        ...(route.authorized && { authorizer: { jwt: { claims: texts(claims ?? {}), scopes: null } } }),
      },
    })) as FunctionAnswer;
    if (result.statusCode === 500) this.options.onProblem?.(`${route.key}: ${result.body}`);
    answer(response, { ...result, body: result.body && this.reachable(result.body) });
  }

  private reachable(body: string): string {
    return Object.entries(this.options.addresses).reduce((text, [from, to]) => text.replaceAll(from, to), body);
  }
}

function routesOf(assembly: Assembly): Route[] {
  const integrations = new Map(
    assembly
      .resources('AWS::ApiGatewayV2::Integration')
      .map(({ physicalId, properties }) => [physicalId, String(properties.IntegrationUri)]),
  );
  return assembly.resources('AWS::ApiGatewayV2::Route').map(({ properties }) => {
    const key = String(properties.RouteKey);
    const [method = '', path = ''] = key.split(' ');
    const functionArn = integrations.get(String(properties.Target).replace('integrations/', ''));
    if (functionArn === undefined) throw new Error(`the route ${key} leads to no integration of the assembly`);
    const pattern = path.replaceAll('.', '\\.').replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)');
    return {
      key,
      method,
      path: new RegExp(`^${pattern}$`),
      functionArn,
      authorized: properties.AuthorizationType === 'JWT',
    };
  });
}

function decoded(groups: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
}

function texts(claims: Record<string, unknown>): Record<string, string> {
  const text = (value: unknown) => (Array.isArray(value) ? `[${value.join(' ')}]` : String(value));
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, text(value)]));
}

async function read(request: IncomingMessage): Promise<string | undefined> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > LONGEST_BODY) throw new Error('a request is longer than 10 MB');
  }
  return text === '' ? undefined : text;
}

function answer(response: ServerResponse, { statusCode, headers = {}, body }: FunctionAnswer): void {
  response.writeHead(statusCode, { 'content-type': 'application/json', ...headers }).end(body);
}
