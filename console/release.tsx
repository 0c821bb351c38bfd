import type { Overview } from '../lambda/console-api/overview';
import { ActButton, Decide, type Do } from './acts';
import { Reason } from './dialog';
import { Facts } from './facts';
import { ago } from './format';
import { NO_STEPS } from './history';
import { Outcome } from './icon';
import { phasesOf, Timeline, Times } from './timeline';
import { Watch } from './watch';
import { actorOf, headline } from './words';

interface ReleaseProps {
  readonly overview: Overview;
  readonly perform: Do;
  readonly now: number;
}

/** The release under way, or the last one. */
export function Release({ overview, perform, now }: ReleaseProps) {
  const { release, status, me } = overview;
  if (release === null) {
    return (
      <section class="card" aria-labelledby="release">
        <h2 id="release">No release yet</h2>
        <p class="quiet">A version comes here once its image and its changelog are published, which CI does.</p>
      </section>
    );
  }
  const { record, events } = release;
  const phases = phasesOf(record, events, status.route === null && events.some(({ event }) => event === 'RollLive'));
  const underWay = record.outcome === undefined;
  const restore = record.kind === 'restore';
  const asked = events.some(({ event }) => event === 'AwaitApproval');
  const decided = events.some(({ event }) => event === 'Decision');
  return (
    <section class="card" aria-labelledby="release">
      <p class="eyebrow">{underWay ? 'Under way' : 'Last release'}</p>
      <h2 id="release">{headline(record, phases)}</h2>
      <p class="quiet">
        {!underWay && <Outcome outcome={record.outcome} />} {byWhom(record.kind)} {actorOf(record)},{' '}
        {ago(record.startedAt, now)} · <code>{record.id}</code>
      </p>
      {underWay && asked && !decided && <Decide overview={overview} perform={perform} release={record.id} />}
      {overview.watch !== null && status.route !== null && <Watch watch={overview.watch} route={status.route} />}
      {!underWay && record.outcome !== 'released' && record.reason && <pre class="reason">{record.reason}</pre>}
      {events.length === 0 && !underWay && <p>{NO_STEPS}</p>}
      <div class="columns" hidden={events.length === 0 && !underWay}>
        <div>
          <h3>Timeline</h3>
          <Timeline phases={phases} now={now} />
          <Times record={record} phases={phases} now={now} />
        </div>
        <div>
          {!restore && <h3>Findings</h3>}
          {!restore && <Facts events={events} />}
          {underWay && me.may.includes('cancel') && (
            <ActButton
              label={restore ? 'Cancel the restore' : 'Cancel this release'}
              style="outline secondary small"
              question={{
                title: restore ? 'Cancel the restore?' : `Cancel ${record.version}?`,
                confirm: restore ? 'Cancel the restore' : 'Cancel the release',
                danger: true,
                onConfirm: ({ reason }) => perform('cancel', { release: record.id, reason }),
                children: <Reason hint="wrong tag" />,
              }}
            />
          )}
        </div>
      </div>
    </section>
  );
}

function byWhom(kind: string): string {
  if (kind === 'revert') return 'reverted by';
  return kind === 'migration' ? 'migration asked for by' : 'asked for by';
}
