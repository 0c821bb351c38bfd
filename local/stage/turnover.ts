import { type Color, otherColor } from '../../lambda/domain/color';
import type { Route } from '../../lambda/domain/route';
import type { ServedLog, Watch } from '../edge';

/** Milliseconds from an order to its effect at the edge locations, as viewers saw it. */
export interface Turnover {
  /** Until the first location was served by the new color. */
  readonly first: number;
  /** Until the last location was served by the old color for the last time. */
  readonly last: number;
}

export function turnoverOf(watch: Watch, to: Color): Turnover {
  const first = Math.min(...watch.firstServed(to));
  return { first: Number.isFinite(first) ? first : 0, last: Math.max(0, ...watch.lastServed(otherColor(to))) };
}

/** How long a cutover took, in milliseconds. */
export interface Cutover {
  /** From the first step's write until the last viewer of the old color. */
  readonly total: number;
  /** From the last step's write, which gives all viewers to the new color, until the last viewer of the old one. */
  readonly lastStep: number;
}

/** Times cutovers: it is told of every write of the route and looks at what the edge serves in between. */
export class CutoverClock {
  private running: { readonly release: string; readonly watch: Watch; readonly to: Color; all?: number } | undefined;

  constructor(private readonly served: Pick<ServedLog, 'watch' | 'unwatch'>) {}

  onRoute({ writer, live, shift }: Route): void {
    if (!/:shift:\d+$/.test(writer.nonce)) {
      // A revert or a withdrawal: what comes now is no part of the cutover.
      if (this.running) this.served.unwatch(this.running.watch);
      return;
    }
    if (this.running?.release !== writer.release) {
      this.running = { release: writer.release, watch: this.served.watch(), to: shift?.to ?? live };
    }
    if (shift === null) this.running.all = this.running.watch.elapsed;
  }

  /** Of the last cutover that reached all viewers. */
  get figures(): Cutover | undefined {
    if (this.running?.all === undefined) return undefined;
    const { last } = turnoverOf(this.running.watch, this.running.to);
    return { total: last, lastStep: Math.max(0, last - this.running.all) };
  }
}
