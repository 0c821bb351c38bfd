import type { ReleaseKind } from './release';

/** An event of the ledger, as far as the timeline is concerned. */
interface TimelineEvent {
  readonly at: string;
  readonly event: string;
}

/** A release as the timeline needs it. */
interface TimelineRecord {
  readonly kind: ReleaseKind;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly outcome?: string;
}

/** A part of a release as people see it: some states of the machine, and the events that end and accompany it. */
interface Phase {
  readonly name: string;
  /** Event that ends it; `ShiftTraffic:` ends with its last step. */
  readonly end: string;
  /** Other events that belong to it. */
  readonly beside?: readonly string[];
}

const PHASES: readonly Phase[] = [
  { name: 'Open', end: 'OpenRelease', beside: ['FreezeExemption', 'FloorExemption'] },
  { name: 'Turn', end: 'AwaitTurn', beside: ['Queued'] },
  { name: 'Scan', end: 'CheckImage' },
  // What was applied is written down by the step after it, outside the network.
  { name: 'Migrate', end: 'Migrate', beside: ['RecordPlan', 'SnapshotDatabase', 'BeginReadOnly', 'EndReadOnly'] },
  { name: 'Deploy', end: 'DeployIdle' },
  { name: 'Health', end: 'AwaitHealthy' },
  { name: 'Smoke test', end: 'SmokeTest' },
  { name: 'Approval', end: 'Decision', beside: ['AwaitApproval', 'Approval'] },
  { name: 'Guard', end: 'PrepareCutover' },
  { name: 'Shift', end: 'ShiftTraffic:100', beside: ['ShiftTraffic'] },
  { name: 'Bake', end: 'Bake' },
  { name: 'Complete', end: 'CompleteRelease' },
];

/** What a rolling environment does after its fleet is deployed. */
const ROLLING: readonly Phase[] = [
  ...PHASES.slice(0, 4),
  { name: 'Roll', end: 'RollLive' },
  { name: 'Health', end: 'AwaitHealthy' },
  { name: 'Smoke test', end: 'SmokeLive' },
  { name: 'Complete', end: 'CompleteRoll' },
];

const MIGRATION: readonly Phase[] = [
  { name: 'Open', end: 'OpenMigration', beside: ['FreezeExemption'] },
  { name: 'Turn', end: 'AwaitTurn', beside: ['Queued'] },
  { ...(PHASES[3] as Phase), beside: [...((PHASES[3] as Phase).beside ?? []), 'RollBack', 'ReleaseLocks'] },
];

/** `skipped`: the release went past it. `stopped`: the release ended in it, otherwise than it should. */
export type PhaseState = 'done' | 'current' | 'ahead' | 'skipped' | 'stopped';

export interface TimelinePhase<Event extends TimelineEvent> {
  readonly name: string;
  readonly state: PhaseState;
  /** ISO 8601; absent for what is ahead or was skipped. */
  readonly from?: string;
  readonly to?: string;
  /** What the ledger says of it, in order. */
  readonly events: readonly Event[];
}

/**
 * The phases of a release with the time that each took: from the end of the one before to its own end, as the ledger
 * has them. Time that passes between two events belongs to the phase that the second one ends.
 */
export function timeline<Event extends TimelineEvent>(
  record: TimelineRecord,
  events: readonly Event[],
  strategy: 'blue-green' | 'rolling' = 'blue-green',
): TimelinePhase<Event>[] {
  if (record.kind === 'restore') return eventByEvent(record, events);
  const phases = record.kind === 'migration' ? MIGRATION : strategy === 'rolling' ? ROLLING : PHASES;
  const ends = phases.map(({ end }) => events.find(({ event }) => event === end));
  const last = ends.findLastIndex((end) => end !== undefined);
  let from = record.startedAt;
  return phases.map((phase, index) => {
    const own = events.filter(({ event }) => belongsTo(phase, event));
    const end = ends[index];
    if (end !== undefined) {
      const began = from;
      from = end.at;
      return { name: phase.name, state: 'done', from: began, to: end.at, events: own };
    }
    if (index < last) return { name: phase.name, state: 'skipped', events: own };
    const good = record.outcome === 'released' || record.outcome === 'migrated';
    if (index > last + 1 || good) return { name: phase.name, state: good ? 'skipped' : 'ahead', events: own };
    if (record.outcome === undefined) return { name: phase.name, state: 'current', from, events: own };
    return { name: phase.name, state: 'stopped', from, to: record.endedAt, events: own };
  });
}

/** What has no fixed order is told as it came. */
function eventByEvent<Event extends TimelineEvent>(
  { startedAt }: TimelineRecord,
  events: readonly Event[],
): TimelinePhase<Event>[] {
  return events.map((event, index) => {
    const from = events[index - 1]?.at ?? startedAt;
    return { name: event.event, state: 'done', from, to: event.at, events: [event] };
  });
}

function belongsTo({ end, beside = [] }: Phase, event: string): boolean {
  return event === end || beside.includes(event.split(':')[0] as string);
}
