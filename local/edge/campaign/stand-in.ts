import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Color } from '../../../lambda/domain/color';
import { Balancer } from '../../fleet/balancer';
import { Metrics } from '../../fleet/metrics';
import { type Target, TargetGroup } from '../../fleet/target-group';

/** The asset that only this release's application knows, under a name that its content belongs to. */
export function assetOf(release: string): { readonly path: string; readonly body: string } {
  return { path: `/assets/app.${release}.js`, body: `console.log('${release}');\n` };
}

/** One color: a real balancer with real health checks before small servers that say which release they are. */
export class StandInFleet {
  readonly balancer: Balancer;
  private readonly group: TargetGroup;
  private tasks: { readonly server: Server; readonly target: Target }[] = [];

  /** @param drainMs how long requests that were begun may take once their task leaves */
  constructor(
    readonly color: Color,
    drainMs = 5_000,
  ) {
    const arn = `arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/${color}/1`;
    const metrics = new Metrics();
    this.group = new TargetGroup({
      arn,
      name: color,
      loadBalancerArn: arn,
      metrics,
      deregistrationDelayMs: drainMs,
      healthCheck: {
        path: '/readyz',
        intervalMs: 250,
        timeoutMs: 5_000,
        healthyThreshold: 1,
        unhealthyThreshold: 4,
        matches: (status) => status === 200,
      },
    });
    this.balancer = new Balancer(arn, this.group, metrics);
  }

  /** Replaces what runs by two tasks of a release, the new ones first, as ECS does. */
  async deploy(release: string): Promise<void> {
    const old = this.tasks;
    this.tasks = await Promise.all([this.start(release), this.start(release)]);
    while (this.tasks.some(({ target }) => target.state !== 'healthy')) await sleep(20);
    await Promise.all(old.map((task) => this.stop(task)));
  }

  /** Scales to nothing. */
  async scaleIn(): Promise<void> {
    const old = this.tasks;
    this.tasks = [];
    await Promise.all(old.map((task) => this.stop(task)));
  }

  async close(): Promise<void> {
    for (const { server } of this.tasks) server.closeAllConnections();
    await this.scaleIn();
    this.group.close();
  }

  private async start(release: string) {
    const asset = assetOf(release);
    const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
      request.resume();
      const path = request.url ?? '/';
      if (path.startsWith('/slow')) return void drip(response, release);
      const known = path === asset.path || !path.startsWith('/assets/');
      const lasting = request.method === 'GET' && path !== '/fresh' && known;
      const body = !known ? 'nothing here\n' : path === asset.path ? asset.body : `page of ${release}\n`;
      response.writeHead(known ? 200 : 404, {
        'content-length': Buffer.byteLength(body),
        'cache-control': lasting ? 'public, max-age=60' : 'no-store',
        'x-app-release': release,
        'x-app-color': this.color,
      });
      response.end(body);
    });
    // A WebSocket, but for the frames: the release at first, then what the viewer says.
    server.on('upgrade', (_request, socket) => {
      socket.on('error', () => socket.destroy());
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n${release}\n`);
      socket.pipe(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const target = this.group.register('127.0.0.1', (server.address() as AddressInfo).port);
    return { server, target };
  }

  private async stop({ server, target }: { readonly server: Server; readonly target: Target }): Promise<void> {
    await this.group.deregister(target);
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

/** A download of a second: twenty pieces of 16 KB. */
async function drip(response: ServerResponse, release: string): Promise<void> {
  response.writeHead(200, { 'content-length': 20 * 16_384, 'cache-control': 'no-store', 'x-app-release': release });
  for (let piece = 0; piece < 20 && !response.destroyed; piece += 1) {
    response.write(Buffer.alloc(16_384, release));
    await sleep(50);
  }
  response.end();
}
