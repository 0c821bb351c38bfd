import { type IncomingMessage, request as httpRequest } from 'node:http';
import type { Duplex } from 'node:stream';

export interface JoinRequest {
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** What the viewer sent after its request. */
  readonly head: Buffer;
  /** Ends both connections. */
  readonly cut: AbortSignal;
}

/**
 * Asks the target for an upgrade and joins both connections until one of them ends.
 *
 * @returns the status that the target answered with: 101, or a refusal, which is passed on
 */
export function join(request: JoinRequest, viewer: Duplex): Promise<number> {
  const { port, method, path, headers, head, cut } = request;
  return new Promise((resolve) => {
    let status = 502;
    let joined: Duplex | undefined;
    const asked = httpRequest({ host: '127.0.0.1', port, method, path, headers: { ...headers }, agent: false });
    const end = (): void => {
      cut.removeEventListener('abort', end);
      asked.destroy();
      joined?.destroy();
      viewer.destroy();
      resolve(status);
    };
    cut.addEventListener('abort', end);
    viewer.once('close', end);
    asked.once('upgrade', (answer, target, first) => {
      status = 101;
      joined = target;
      viewer.write(headOf(answer));
      if (first.length > 0) viewer.write(first);
      if (head.length > 0) target.write(head);
      target.once('error', end).once('close', end);
      viewer.pipe(target).pipe(viewer);
    });
    asked.once('response', (answer) => {
      status = answer.statusCode ?? 502;
      viewer.write(headOf(answer));
      answer.pipe(viewer);
    });
    asked.once('error', () => {
      if (status === 502) viewer.write('HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      viewer.end(end);
    });
    asked.end();
  });
}

function headOf(answer: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage ?? ''}`];
  for (let index = 0; index + 1 < answer.rawHeaders.length; index += 2) {
    lines.push(`${answer.rawHeaders[index]}: ${answer.rawHeaders[index + 1]}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}
