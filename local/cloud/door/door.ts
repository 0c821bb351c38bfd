import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Gate, LostAnswer } from '../gate';
import type { GateOptions } from '../gate';
import { AwsError } from '../model';
import { callByUrl, functionOfPath } from '../function-urls';
import type { FunctionPool } from '../functions/pool';
import type { Principal } from '../model';
import { principalOfKey } from '../roles';
import { answerError, understand } from './codec';
import { readAuthorization, WIRE } from './wire';
import type { WireRequest, WireResponse } from './wire';

export interface DoorOptions extends GateOptions {
  /** Access key id → principal. */
  readonly principals: ReadonlyMap<string, Principal>;
  /** Called by their URLs. @default - no function has one */
  readonly functions?: Pick<FunctionPool, 'invoke'>;
}

export interface Door {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  /** Closes the server and all connections. */
  close(): Promise<void>;
}

/**
 * Opens the HTTP door: AWS's wire protocols on a free loopback port. The service is the one of the Authorization
 * header's credential scope, the principal the one of its access key id.
 */
export async function startDoor(options: DoorOptions): Promise<Door> {
  const gate = new Gate(options);
  const server = createServer((request, response) => void serve(request, response, gate, options));
  // Handlers keep connections while they poll; Node's 5 s would close them under a request now and then.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  gate: Gate,
  { principals, functions, account }: DoorOptions,
): Promise<void> {
  let wire: (typeof WIRE)[string] | undefined;
  let answer: WireResponse;
  try {
    const request = await readRequest(incoming);
    const signed = readAuthorization(request.headers.authorization);
    if (!signed) throw new AwsError('MissingAuthenticationTokenException', 'the request is not signed', 403);
    wire = WIRE[signed.signingName];
    if (!wire) throw new AwsError('UnknownOperationException', `the local cloud has no service ${signed.signingName}`);
    const principal = principalOfKey(principals, signed.accessKeyId);
    if (!principal) {
      const message = `The security token included in the request is invalid: no principal ${signed.accessKeyId}`;
      throw new AwsError('UnrecognizedClientException', message, 403);
    }
    const called = functionOfPath(request.path);
    if (called !== undefined && functions !== undefined) {
      return send(outgoing, incoming, await callByUrl(functions, called, request, { principal, account }));
    }
    const understood = understand(wire, request, gate.offered(wire.service));
    const output = await gate.call(wire.service, understood.operation, principal, understood.input);
    answer = understood.answer(output);
  } catch (error) {
    if (error instanceof LostAnswer) return void outgoing.destroy();
    answer = answerError(wire, toAwsError(error), incoming.method ?? 'GET');
  }
  send(outgoing, incoming, answer);
}

function send(outgoing: ServerResponse, incoming: IncomingMessage, answer: WireResponse): void {
  // The answer to HEAD tells the length of the body that it does not have.
  const isHead = incoming.method === 'HEAD';
  const length = isHead ? (answer.headers['content-length'] ?? '0') : String(answer.body.length);
  outgoing.writeHead(answer.status, { 'x-amzn-requestid': 'local', ...answer.headers, 'content-length': length });
  outgoing.end(isHead ? undefined : answer.body);
}

/** A mistake in a model shows as itself, with its message, and not as something that the workflow may retry away. */
function toAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  return new AwsError('LocalModelError', error instanceof Error ? error.message : String(error), 400);
}

async function readRequest(incoming: IncomingMessage): Promise<WireRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const [path = '/', query = ''] = (incoming.url ?? '/').split('?');
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
  return {
    method: incoming.method ?? 'GET',
    path,
    query: new URLSearchParams(query),
    headers,
    body: Buffer.concat(chunks),
  };
}
