import { useEffect, useState } from 'preact/hooks';
import type { LedgerEvent, ReleaseRecord } from '../lambda/aws/ledger';
import type { Api } from './api';
import { Facts } from './facts';
import { ago, moment, plural, span } from './format';
import { Outcome } from './icon';
import { phasesOf, Timeline, Times } from './timeline';
import { actorOf } from './words';

interface Found {
  readonly releases: readonly ReleaseRecord[];
  /** How many there are, of which the newest are here. */
  readonly found: number;
}

interface Shown extends Found {
  readonly search: string;
}

/** What a warm revert has instead of phases. */
export const NO_STEPS = 'One write of the route: no build, no migration, no approval.';

/** A pause in typing. */
const TYPING_MS = 250;

/** Earlier releases, with a search over everything that is recorded of them. */
export function History({ api, now, newest }: { readonly api: Api; readonly now: number; readonly newest: string }) {
  const [search, setSearch] = useState('');
  const [found, setFound] = useState<Shown>();
  const [error, setError] = useState<string>();
  useEffect(() => {
    let stale = false;
    const path = `/api/releases?${new URLSearchParams({ search })}`;
    const ask = () =>
      api.read<Found>(path).then(
        (answer) => stale || (setFound({ ...answer, search }), setError(undefined)),
        (problem: Error) => stale || setError(problem.message),
      );
    const timer = setTimeout(() => void ask(), search === '' ? 0 : TYPING_MS);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
    // Asked again whenever the newest release has changed.
  }, [api, search, newest]);
  return (
    <section class="card" aria-labelledby="history">
      <div class="heading">
        <h2 id="history">History</h2>
        <input
          type="search"
          aria-label="Search the history"
          placeholder="version, person, reason …"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
      </div>
      <p class="quiet" role="status">
        {error ?? (found ? summary(found) : 'Loading …')}
      </p>
      <ul class="history">
        {found?.releases.map((record) => (
          <Entry key={record.id} record={record} api={api} now={now} />
        ))}
      </ul>
    </section>
  );
}

function summary({ found, releases, search }: Shown): string {
  if (found === 0 && search === '') return 'None yet.';
  const all = `${plural(found, 'release')}${search ? ` with “${search}”` : ''}`;
  return found > releases.length ? `The newest ${releases.length} of ${all}` : all;
}

function Entry({ record, api, now }: { readonly record: ReleaseRecord; readonly api: Api; readonly now: number }) {
  const [open, setOpen] = useState(false);
  const { version, kind, outcome, startedAt, endedAt, reason } = record;
  return (
    <li>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <span class="entry">
            <strong>{version}</strong>
            <Outcome outcome={outcome} />
            <span class="quiet">
              {kind !== 'release' && <>{kind} · </>}
              {actorOf(record)} · <span title={moment(startedAt)}>{ago(startedAt, now)}</span>
              {endedAt !== undefined && endedAt !== startedAt && (
                <> · took {span(Date.parse(endedAt) - Date.parse(startedAt))}</>
              )}
            </span>
            {reason && (outcome !== 'released' || kind === 'revert') && (
              <span class="entry-reason">{reason.split('\n')[0]}</span>
            )}
          </span>
        </summary>
        {open && <Details record={record} api={api} now={now} />}
      </details>
    </li>
  );
}

function Details({ record, api, now }: { readonly record: ReleaseRecord; readonly api: Api; readonly now: number }) {
  const [events, setEvents] = useState<readonly LedgerEvent[]>();
  const [error, setError] = useState<string>();
  useEffect(() => {
    const path = `/api/releases/${encodeURIComponent(record.id)}`;
    api.read<{ events: LedgerEvent[] }>(path).then(
      (answer) => setEvents(answer.events),
      (problem: Error) => setError(problem.message),
    );
  }, [api, record]);
  if (error !== undefined) return <p role="alert">{error}</p>;
  if (events === undefined) return <p aria-busy="true">Loading …</p>;
  if (events.length === 0) return <p class="quiet">{NO_STEPS}</p>;
  const phases = phasesOf(
    record,
    events,
    events.some(({ event }) => event === 'RollLive'),
  );
  return (
    <div class="columns">
      <div>
        <Timeline phases={phases} now={now} />
        <Times record={record} phases={phases} now={now} />
      </div>
      <Facts events={events} />
    </div>
  );
}
