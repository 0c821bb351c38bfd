import type { LedgerEvent, ReleaseRecord } from '../lambda/aws/ledger';
import type { TimelinePhase } from '../lambda/domain/timeline';
import { plural } from './format';

/** Who did it: a warm revert, which has no execution, is recorded with who and why in one. */
export function actorOf({ actor, execution }: ReleaseRecord): string {
  if (execution !== '') return actor;
  return actor.replace(/( \((authenticated|claimed)\))?: .*$/s, '');
}

/** What is going on while a phase is the current one. */
const GOING_ON: Readonly<Record<string, string>> = {
  Open: 'is being opened',
  Turn: 'waits for its turn',
  Scan: 'waits for its image scan',
  Migrate: 'prepares the database',
  Deploy: 'is being deployed',
  Roll: 'is being deployed',
  Health: 'becomes healthy',
  'Smoke test': 'is being tested',
  Approval: 'waits for approval',
  Guard: 'is checked before the cutover',
  Shift: 'takes over the viewers',
  Bake: 'is watched',
  Complete: 'is being completed',
};

const ENDS: Readonly<Record<string, string>> = {
  released: 'is released',
  migrated: 'is migrated',
  restored: 'is done',
  planned: 'is planned only: nothing was changed',
  rejected: 'was rejected',
  failed: 'failed',
  superseded: 'was superseded',
  canceled: 'was canceled',
  reverted: 'was reverted',
};

/** What a release is and where it stands, in one sentence. */
export function headline(record: ReleaseRecord, phases: readonly TimelinePhase<LedgerEvent>[]): string {
  const what = record.kind === 'restore' ? 'The restore of the database' : record.version;
  return `${what} ${standing(record, phases)}`;
}

function standing(record: ReleaseRecord, phases: readonly TimelinePhase<LedgerEvent>[]): string {
  if (record.outcome !== undefined) {
    if (record.kind === 'revert' && record.outcome === 'released') return 'is back by a revert';
    return ENDS[record.outcome] ?? record.outcome;
  }
  if (record.stop !== undefined) return 'is being taken back';
  if (record.kind === 'restore') return phases.at(-1)?.name === 'AwaitApproval' ? 'waits for approval' : 'is under way';
  const current = phases.find(({ state }) => state === 'current')?.name ?? 'Complete';
  return GOING_ON[current] ?? 'goes on';
}

const counts = (value: unknown): string => {
  const found = Object.entries((value ?? {}) as Record<string, number>).filter(([, amount]) => amount > 0);
  return found.length === 0
    ? 'no findings'
    : found.map(([name, amount]) => `${amount} ${name.toLowerCase()}`).join(', ');
};

/** What an event adds to its phase, in words; nothing for those that say no more than that it is over. */
export function eventWords(event: LedgerEvent): string | undefined {
  const [name, detail] = event.event.split(':');
  const text = (member: string) => String(event[member] ?? '');
  switch (name) {
    case 'OpenRelease':
      return `${text('digest').slice(0, 19)}, asked for by ${text('actor')}`;
    case 'Queued':
      return `waited for ${text('holder') || 'the release before'}`;
    case 'CheckImage':
      return counts(event.counts);
    case 'RecordPlan':
      return `${plural(Number(event.pending), 'changeset')} to apply, ${text('verdict')}`;
    case 'SnapshotDatabase':
      return 'restore point made';
    case 'Migrate':
      return Number(event.applied) > 0 ? `${plural(Number(event.applied), 'changeset')} applied` : 'nothing to apply';
    case 'DeployIdle':
      return `${text('color')}, ${plural(Number(event.desired), 'task')}`;
    case 'AwaitHealthy':
      return `${plural(Number(event.healthy), 'healthy target')}`;
    case 'SmokeTest':
    case 'SmokeLive':
      return `${plural(Number(event.checks), 'check')} passed`;
    case 'Approval':
      return `approved by ${text('by')}, more are needed`;
    case 'Decision':
      return `${event.decision === 'approve' ? 'approved' : 'rejected'} by ${text('by')}${event.reason ? `: ${text('reason')}` : ''}`;
    case 'PrepareCutover':
      return `${text('healthy')} healthy, ${text('needed')} needed`;
    case 'ShiftTraffic':
      return `${detail} % of the viewers`;
    case 'Bake':
      return 'alarms stayed quiet';
    case 'CompleteRelease':
      return event.standby ? `${text('standby')} stays warm` : 'nothing was live before';
    case 'OpenRestore':
      return `back to ${text('time')}, asked for by ${text('actor')}: ${text('reason')}`;
    case 'PlanRestore':
      return `will lose ${plural(Number(event.lostMinutes), 'minute')} of writes, and what is written until the switch; ${plural((event.releases as unknown[] | undefined)?.length ?? 0, 'release')} and ${plural(Number(event.changesets), 'changeset')} are later than that`;
    case 'RestoreInstance':
      return `${text('instance')} is made, beside the old one`;
    case 'BeginMaintenance':
      return 'viewers are kept out';
    case 'CompleteRestore':
      return `viewers are let in again; ${text('kept')} is kept`;
    case 'FreezeExemption':
    case 'FloorExemption':
      return `exempted: ${text('exemption')}`;
    default:
      return undefined;
  }
}

/** Severities and verdicts as they are counted. */
export const scanWords = counts;
