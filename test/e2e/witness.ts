import { type Color, COLORS } from '../../lambda/domain/color';
import { readPolicy } from '../../lambda/domain/policy';
import type { Route } from '../../lambda/domain/route';
import type { Theatre, TheatreEvent } from '../../local/theatre';

interface LiveFleet {
  readonly color: Color;
  readonly taskDefinition: string;
  readonly size: number;
}

const SAMPLE_MS = 20;

/** Watches the theatre all the time, and writes down where a promise of DESIGN.md, section 5, is broken. */
export class Witness {
  /** P1: changes of the fleet that was live, while it was. */
  readonly liveFleetChanges: string[] = [];
  /** P2: routes that pointed at a fleet below its healthy minimum at the moment of their write. */
  readonly unhealthyRoutes: string[] = [];
  /** P4: epochs that did not grow by one. */
  readonly skippedEpochs: string[] = [];
  readonly routes: Route[] = [];
  readonly states: Extract<TheatreEvent, { type: 'state' }>[] = [];
  readonly problems: string[] = [];
  samples = 0;
  private readonly notifications: string[] = [];
  private live: LiveFleet | undefined;
  private readonly timer: NodeJS.Timeout;
  private readonly stop: () => void;

  constructor(private readonly theatre: Theatre) {
    this.timer = setInterval(() => this.sample(), SAMPLE_MS);
    this.stop = theatre.listen((event) => this.see(event));
  }

  /** Resolves when people are asked to approve a release. */
  async approvalWanted(release: string): Promise<void> {
    while (this.told(`${release}:approval`) === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  /** How often people were told of something, by the notification's id. */
  told(id: string): number {
    return this.notifications.filter((each) => each === id).length;
  }

  /** Names of the states that a release entered, each once. */
  statesOf(release: string): string[] {
    const entered = this.states.filter((event) => event.release === release && event.what === 'entered');
    return [...new Set(entered.map((event) => event.state))];
  }

  /** Revisions that were registered so far, of both colors. */
  revisions(): number {
    const { settings, fleets } = this.theatre.parts;
    return COLORS.flatMap((color) => fleets.definitions.list(settings[`${color.toUpperCase()}_FAMILY`], 'ACTIVE'))
      .length;
  }

  close(): void {
    clearInterval(this.timer);
    this.stop();
  }

  private see(event: TheatreEvent): void {
    if (event.type === 'notification') this.notifications.push(event.id);
    if (event.type === 'state') this.states.push(event);
    if (event.type === 'problem') this.problems.push(`${event.source}: ${event.message}`);
    if (event.type === 'fleet') this.sample();
    if (event.type === 'route') this.judge(event.route);
  }

  /** While a color is live its fleet keeps task definition and size, whatever a release does. */
  private sample(): void {
    const route = this.theatre.route();
    // A placeholder is not live in any sense that matters.
    if (!route || route.releases[route.live] === null) return;
    this.samples += 1;
    const service = this.service(route.live);
    const now = {
      color: route.live,
      taskDefinition: service.definition.taskDefinitionArn,
      size: service.desiredCount,
    };
    const { live } = this;
    if (live?.color === now.color && (live.taskDefinition !== now.taskDefinition || live.size !== now.size)) {
      this.liveFleetChanges.push(`${JSON.stringify(live)} became ${JSON.stringify(now)}`);
    }
    this.live = now;
  }

  private judge(route: Route): void {
    const before = this.routes.at(-1);
    if (before && route.epoch !== before.epoch + 1) this.skippedEpochs.push(`${before.epoch} to ${route.epoch}`);
    this.routes.push(route);
    const { size } = readPolicy(this.theatre.parts.settings.POLICY as string);
    const pointedAt = new Set([
      ...(route.releases[route.live] === null ? [] : [route.live]),
      ...(route.shift ? [route.shift.to] : []),
    ]);
    for (const color of pointedAt) {
      const { settings, fleets } = this.theatre.parts;
      const group = fleets.targetGroup(settings[`${color.toUpperCase()}_TARGET_GROUP_ARN`] as string);
      const healthy = group.inState('healthy').length;
      if (healthy < size.min) this.unhealthyRoutes.push(`epoch ${route.epoch}: ${color} has ${healthy} of ${size.min}`);
    }
  }

  private service(color: Color) {
    return this.theatre.parts.fleets.service(this.theatre.parts.settings[`${color.toUpperCase()}_SERVICE`] as string);
  }
}
