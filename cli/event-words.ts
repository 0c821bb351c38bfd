import type { LedgerEvent } from '../lambda/aws/ledger';
import { formatTime } from './format';

type Words = (event: LedgerEvent) => string;

const text = (value: unknown): string => (value === undefined || value === null ? 'none' : String(value));
const count = (value: unknown, one: string, many = `${one}s`): string => `${text(value)} ${value === 1 ? one : many}`;

/** The events of the workflow's handlers by name; others are shown with their details as they are. */
const WORDS: Readonly<Record<string, Words>> = {
  OpenRelease: ({ version, digest, actor }) =>
    `${text(version)} is ${shortDigest(digest)}, asked for by ${text(actor)}`,
  FreezeExemption: ({ exemption, by }) => `let through the freeze by ${text(by)}: ${text(exemption)}`,
  Queued: ({ holder }) => `waits for its turn, which ${text(holder)} has`,
  AwaitTurn: ({ number }) => `has turn ${text(number)}`,
  CheckImage: ({ counts }) => `the image passed its scan (${countsInWords(counts)})`,
  FloorExemption: ({ exemption, floor, actor }) =>
    `let below the revert floor ${text(floor)} by ${text(actor)}: ${text(exemption)}`,
  RecordPlan: ({ pending, verdict, withoutRollback, revertFloor }) =>
    `${count(pending, 'changeset')} to run${verdict === 'none' ? '' : `, ${text(verdict)}`}` +
    `${Number(withoutRollback) > 0 ? `, ${text(withoutRollback)} without rollback` : ''}` +
    `${revertFloor ? `; no version before ${text(revertFloor)} can come back` : ''}`,
  OpenMigration: ({ action, version, actor, reason }) =>
    `${text(action)} with the changelog of ${text(version)}, asked for by ${text(actor)}: ${text(reason)}`,
  ReleaseLocks: ({ holder, session }) =>
    holder || session
      ? `freed the lock of ${text(holder ?? 'a migrator')}${session ? `, ended session ${text(session)}` : ''}`
      : 'nobody had locked the database',
  RollBack: ({ rolledBack }) => `took back ${count(rolledBack, 'changeset')}`,
  OpenRestore: ({ time, version, actor, reason, dryRun }) =>
    `${dryRun ? 'what it would be to go' : 'the database is to go'} back to ${text(time)}, held against the changelog of ${text(version)}, asked for by ${text(actor)}: ${text(reason)}`,
  PlanRestore: ({ time, lostMinutes, releases, changesets, before }) =>
    `will lose what was written after ${text(time)}: ${count(lostMinutes, 'minute')} of writes, ${count(changesets, 'changeset')}, ${lostReleases(releases)}, and what is written until the switch; the old instance stays as ${text(before)}`,
  RestoreInstance: ({ instance }) => `${text(instance)} is made, beside the old one`,
  BeginMaintenance: () => 'nobody gets through the edge any more',
  SwitchDatabase: ({ kept }) =>
    `the restored instance has the application's name; the old one is ${text(kept)}, shut off`,
  RollTasks: () => 'all tasks run anew, on the restored database',
  CompleteRestore: ({ kept }) => `viewers are let in again; ${text(kept)} is kept, new releases are held`,
  SnapshotDatabase: ({ snapshot }) => `snapshot ${text(snapshot)} is begun`,
  Migrate: ({ applied, verdict }) =>
    Number(applied) > 0 ? `applied ${count(applied, 'changeset')}, ${text(verdict)}` : 'no changeset is pending',
  DeployIdle: ({ color, desired }) => `${text(color)} gets the version, ${count(desired, 'task')}`,
  AwaitHealthy: ({ color, healthy }) => `${text(color)} is healthy, ${count(healthy, 'target')}`,
  SmokeTest: ({ checks }) => `passed ${count(checks, 'check')}; the preview is open`,
  SmokeLive: ({ checks }) => `passed ${count(checks, 'check')}`,
  AwaitApproval: () => 'waits for approval',
  Approval: ({ by, identity }) => `approved by ${text(by)} (${text(identity)}), more have to`,
  Decision: ({ decision, by, reason, identity }) =>
    `${decision === 'approve' ? 'approved' : 'rejected'} by ${text(by)} (${text(identity)})${reason ? `: ${text(reason)}` : ''}`,
  PrepareCutover: ({ healthy, needed, setAside }) =>
    `${text(healthy)} healthy targets, ${text(needed)} needed` +
    (Array.isArray(setAside) && setAside.length > 0 ? `; rang before, and is set aside: ${setAside.join(', ')}` : ''),
  Bake: ({ checks }) => `alarms stayed quiet for ${count(checks, 'check')}`,
  CompleteRelease: ({ color, standby }) =>
    `${text(color)} is live${standby ? `, ${text(standby)} is the standby` : ', there is no standby'}`,
  RollLive: ({ desired }) => `the live fleet gets the version, ${count(desired, 'task')}`,
  CompleteRoll: () => 'the live fleet runs the version',
  TrafficBack: ({ live }) => `all viewers get ${text(live)} again`,
  RecoverRelease: ({ outcome }) => `takes back what was begun, ends as ${text(outcome)}`,
};

function lostReleases(releases: unknown): string {
  const lost = (releases ?? []) as { id: string; outcome: string }[];
  if (lost.length === 0) return 'no release';
  return `${count(lost.length, 'release')} (${lost.map(({ id, outcome }) => `${id} ${outcome}`).join(', ')})`;
}

/** An event as a line for people: time, step, what happened. */
export function eventLine(event: LedgerEvent): string {
  const [step = '', detail] = event.event.split(':');
  return `${formatTime(event.at)}  ${step.padEnd(16)}  ${wordsOf(step, detail, event)}`;
}

function wordsOf(step: string, detail: string | undefined, event: LedgerEvent): string {
  if (step === 'ShiftTraffic') return `${text(event.color)} has ${text(detail)} % of the viewers`;
  const words = WORDS[step];
  if (words !== undefined) return words(event).replace(/\s+/g, ' ');
  const { at: _at, event: _event, ...rest } = event;
  return JSON.stringify(rest);
}

function shortDigest(digest: unknown): string {
  return text(digest).slice(0, 'sha256:'.length + 12);
}

function countsInWords(counts: unknown): string {
  const entries = Object.entries((counts ?? {}) as Record<string, number>).filter(([, amount]) => amount > 0);
  return entries.length === 0 ? 'no findings' : entries.map(([name, amount]) => `${amount} ${name}`).join(', ');
}
