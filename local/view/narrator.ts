import { OPTIONAL_STEPS, RELEASE_STEPS } from '../../lambda/domain/steps';
import { idleColor, type Route } from '../../lambda/domain/route';
import type { TheatreEvent } from '../stage/events';
import { messageOf, seconds } from './format';
import type { Screen } from './screen';

interface ActiveStep {
  readonly name: string;
  readonly began: number;
  /** How often its state was entered: a poll comes back. */
  entries: number;
  error?: string;
}

const STEPS: Readonly<Record<string, string>> = { ...RELEASE_STEPS, ...OPTIONAL_STEPS };
const LOAD_EVERY_SECONDS = 5;
/** Of the second line of a text that is too long for one: behind the time and a mark. */
const INDENT = 11;
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** Tells what happens in the theatre: a line for every step with the time it took, and what is going on right now. */
export class Narrator {
  private readonly began = Date.now();
  private release: string | undefined;
  private step: ActiveStep | undefined;
  /** The step that each other release is at. */
  private readonly others = new Map<string, string>();
  private load = '';
  private frame = 0;

  constructor(
    private readonly screen: Screen,
    /** Also tells of fleets, routes and logs. */
    private readonly verbose: boolean,
  ) {
    screen.show(() => this.status());
  }

  readonly tell = (event: TheatreEvent): void => {
    switch (event.type) {
      case 'part':
        return this.line(`${event.name} ready`);
      case 'state':
        return this.state(event);
      case 'route':
        return this.line(`  route ${event.route.epoch}: ${describeRoute(event.route)}`);
      case 'notification':
        return this.line(`  notification: ${event.subject}`);
      case 'fleet':
        if (this.verbose || (event.kind !== 'task' && !this.screen.live))
          this.line(`  ${event.service}: ${event.message}`);
        return;
      case 'load':
        this.load = `load  blue ${event.tick.blue}/s  green ${event.tick.green}/s  failed ${event.stats.failed}`;
        if (!this.screen.live && event.tick.second % LOAD_EVERY_SECONDS === 0) this.line(`  ${this.load}`);
        return;
      case 'problem':
        return this.line(`! ${event.source}: ${event.message}`);
      case 'log':
        if (this.verbose) this.line(`  | ${event.source}: ${event.line}`);
        return;
      case 'arrival':
        if (this.verbose) this.line(`  location ${event.location} sees route ${event.route.epoch}`);
    }
  };

  /** A line of the program's own. */
  line(text: string): void {
    this.screen.print(`${seconds(Date.now() - this.began).padStart(7)}  ${text}`, INDENT);
  }

  /** Lines without a time. */
  plain(text: string): void {
    this.screen.print(text);
  }

  /** From now on the steps of this release are told with their times; those of others, that somebody starts meanwhile, with their id. */
  begin(release: string): void {
    this.release = release;
  }

  /** Ends what is under way: the execution has ended. */
  finish(): void {
    this.endStep();
  }

  private state(event: Extract<TheatreEvent, { type: 'state' }>): void {
    if (!Object.hasOwn(STEPS, event.state)) return;
    if (this.release !== undefined && event.release !== this.release) return this.otherState(event);
    if (event.what === 'entered') {
      if (this.step?.name === event.state) {
        this.step.entries += 1;
        return;
      }
      this.endStep();
      this.step = { name: event.state, began: Date.now(), entries: 1 };
    } else if (event.what === 'failed' && this.step) {
      this.step.error = `${event.error ?? 'failed'}: ${messageOf(event.cause)}`;
      this.endStep();
    } else if (event.what === 'retry') {
      this.line(`  ${event.state} is tried again: ${event.error ?? ''} ${messageOf(event.cause)}`);
    }
  }

  private otherState({ release, state, what, error, cause }: Extract<TheatreEvent, { type: 'state' }>): void {
    if (what === 'failed') this.line(`  ${release}: ✗ ${state}  ${error ?? 'failed'}: ${messageOf(cause)}`);
    // A poll comes back to its step.
    if (what !== 'entered' || this.others.get(release) === state) return;
    this.others.set(release, state);
    this.line(`  ${release}: ${state}`);
  }

  private endStep(): void {
    const { step } = this;
    if (!step) return;
    this.step = undefined;
    const took = seconds(Date.now() - step.began).padStart(7);
    if (step.error === undefined) this.line(`✓ ${step.name.padEnd(17)}${took}`);
    else this.line(`✗ ${step.name.padEnd(17)}${took}  ${step.error}`);
  }

  private status(): string[] {
    this.frame = (this.frame + 1) % SPINNER.length;
    const step = this.step
      ? [`${SPINNER[this.frame]} ${this.step.name}  ${seconds(Date.now() - this.step.began)}`]
      : [];
    return [...step, ...(this.load ? [this.load] : [])];
  }
}

/** `green is live, blue is standby` and so on. */
function describeRoute(route: Route): string {
  const idle = idleColor(route);
  const parts = [`${route.live} is live`];
  if (route.shift) parts.push(`${route.shift.percent} % of the viewers get ${route.shift.to}`);
  if (route.standby) parts.push(`${route.standby} is standby`);
  if (route.maintenance !== 'off') parts.push(`maintenance is ${route.maintenance}`);
  if (route.preview) parts.push(`preview of ${idle} is open`);
  return parts.join(', ');
}
