import type { LedgerEvent, ReleaseRecord } from '../lambda/aws/ledger';
import { timeline, type TimelinePhase } from '../lambda/domain/timeline';
import { span } from './format';
import { Icon } from './icon';
import { eventWords } from './words';

const STATES = { done: 'done', current: 'now', ahead: 'ahead', skipped: 'not needed', stopped: 'ended here' } as const;

/** A release's phases, one below the other, each with the time that it took. */
export function Timeline({
  phases,
  now,
}: {
  readonly phases: readonly TimelinePhase<LedgerEvent>[];
  readonly now: number;
}) {
  const over = phases.some(({ state }) => state === 'stopped');
  return (
    <ol class="timeline">
      {phases.map((phase) => (
        <Step key={phase.name} phase={phase} over={over} now={now} />
      ))}
    </ol>
  );
}

interface StepProps {
  readonly phase: TimelinePhase<LedgerEvent>;
  /** Whether the release ended at a phase before its last. */
  readonly over: boolean;
  readonly now: number;
}

function Step({ phase, over, now }: StepProps) {
  const { name, state, from, to, events } = phase;
  const word = over && state === 'ahead' ? 'not reached' : STATES[state];
  const details = events.map(eventWords).filter((words) => words !== undefined);
  return (
    <li class={`step step-${state}`} aria-current={state === 'current' ? 'step' : undefined}>
      <Icon name={state} />
      <span class="step-name">{name}</span>
      <span class="step-time">
        {from === undefined ? word : span((to === undefined ? now : Date.parse(to)) - Date.parse(from))}
        {from !== undefined && state !== 'done' && <> · {word}</>}
        {state === 'done' && <span class="visually-hidden"> · done</span>}
      </span>
      {details.length > 0 && <span class="step-detail">{details.join(' · ')}</span>}
    </li>
  );
}

/** Where the time of a release went. */
export function Times({ record, phases, now }: TimesProps) {
  const total = (record.endedAt === undefined ? now : Date.parse(record.endedAt)) - Date.parse(record.startedAt);
  const waited = phases
    .filter(({ name, from }) => (name === 'Approval' || name === 'Turn') && from !== undefined)
    .reduce((sum, { from, to }) => sum + ((to === undefined ? now : Date.parse(to)) - Date.parse(from as string)), 0);
  return (
    <p class="quiet">
      {span(total)} in all
      {waited >= 1000 && <>, {span(waited)} of it waiting for people or its turn</>}
    </p>
  );
}

interface TimesProps {
  readonly record: ReleaseRecord;
  readonly phases: readonly TimelinePhase<LedgerEvent>[];
  readonly now: number;
}

export function phasesOf(record: ReleaseRecord, events: readonly LedgerEvent[], rolling: boolean) {
  return timeline(record, events, rolling ? 'rolling' : 'blue-green');
}
