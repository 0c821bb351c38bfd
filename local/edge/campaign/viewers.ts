import { setTimeout as sleep } from 'node:timers/promises';
import { type Reply, Viewer } from '../../load/viewer';
import { assetOf } from './stand-in';

/** What viewers got that they should not have got; the first few of each kind are told. */
export interface ViewersReport {
  readonly requests: number;
  readonly failed: number;
  /** Viewers at one address who were taken back to the old release while a shift went on. */
  readonly flips: number;
  readonly samples: readonly string[];
}

/**
 * Viewers who load a page and what it refers to, now and then from another address (a phone that leaves the house),
 * and write. Whatever is no 200 with the right content is a failure.
 */
export class Viewers {
  private readonly all: Viewer[];
  private readonly loops: Promise<void>[];
  private readonly lastRelease: (string | undefined)[];
  private readonly samples: string[] = [];
  private running = true;
  private stopped: Promise<ViewersReport> | undefined;
  private requests = 0;
  private failed = 0;
  private flips = 0;
  /** The release that viewers may only come to, never go from; none outside a shift. */
  private forward: string | undefined;

  constructor(
    url: string,
    count: number,
    private readonly random: () => number,
    /** Mean pause of a viewer between two requests, in milliseconds. */
    private readonly pauseMs: number,
  ) {
    this.all = Array.from({ length: count }, (_, number) => new Viewer(url, number, 10_000, true));
    this.lastRelease = this.all.map(() => undefined);
    this.loops = this.all.map((viewer, number) => this.loop(viewer, number));
  }

  /** From now on, until called again, nobody who got this release may get another one. */
  expectForward(release: string | undefined): void {
    this.forward = release;
    this.lastRelease.fill(undefined);
  }

  /** May be asked twice. */
  stop(): Promise<ViewersReport> {
    return (this.stopped ??= this.end());
  }

  private async end(): Promise<ViewersReport> {
    this.running = false;
    await Promise.all(this.loops);
    await Promise.all(this.all.map((viewer) => viewer.close()));
    const { requests, failed, flips, samples } = this;
    return { requests, failed, flips, samples };
  }

  private async loop(viewer: Viewer, number: number): Promise<void> {
    await sleep(this.random() * this.pauseMs);
    while (this.running) {
      const forward = this.forward;
      const page = await this.ask(viewer, 'GET', this.random() < 0.7 ? '/' : '/fresh', 'page of ');
      const release = page && /page of (\S+)/.exec(page.body)?.[1];
      if (release) {
        if (forward === this.forward) this.compare(number, release);
        const elsewhere =
          this.random() < 0.3 ? (this.all[Math.floor(this.random() * this.all.length)] as Viewer) : viewer;
        const asset = assetOf(release);
        await this.ask(elsewhere, 'GET', asset.path, asset.body);
      }
      if (this.random() < 0.3) await this.ask(viewer, 'POST', '/', 'page of ');
      await sleep(2 * this.random() * this.pauseMs);
    }
  }

  private compare(number: number, release: string): void {
    if (this.forward === undefined) return;
    if (this.lastRelease[number] === this.forward && release !== this.forward) {
      this.flips += 1;
      this.tell(`viewer ${number} got ${release} after ${this.forward}`);
    }
    this.lastRelease[number] = release;
  }

  private async ask(viewer: Viewer, method: 'GET' | 'POST', path: string, wanted: string): Promise<Reply | undefined> {
    this.requests += 1;
    let problem: string;
    try {
      const reply = await viewer.send(method, path);
      if (reply.status === 200 && reply.body.startsWith(wanted)) return reply;
      problem = `${reply.status} ${reply.body.slice(0, 100).trim()}`;
    } catch (error) {
      problem = String(error);
    }
    this.failed += 1;
    this.tell(`${method} ${path}: ${problem}`);
    return undefined;
  }

  private tell(what: string): void {
    if (this.samples.length < 5) this.samples.push(what);
  }
}
