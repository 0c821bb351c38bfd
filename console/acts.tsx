import { useState } from 'preact/hooks';
import type { Overview } from '../lambda/console-api/overview';
import type { DecideResult } from '../lambda/decide/decide';
import type { ConsoleAct } from '../lambda/domain/console';
import { Ask, type AskProps, Reason } from './dialog';

/** Does an act and looks at once what came of it. */
export type Do = <T = unknown>(act: ConsoleAct, body?: object) => Promise<T>;

type Question = Omit<AskProps, 'onClose'>;

interface ActsProps {
  readonly overview: Overview;
  readonly perform: Do;
}

/** A button that asks before it does anything. */
export function ActButton({
  label,
  style,
  question,
}: {
  readonly label: string;
  readonly style?: string;
  readonly question: Question;
}) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" class={style} onClick={() => setOpen(true)}>
        {label}
      </button>
      {open && <Ask {...question} onClose={() => setOpen(false)} />}
    </>
  );
}

/** What operators do to the environment. */
export function OperatorActs({ overview, perform }: ActsProps) {
  const { may } = overview.me;
  if (!may.includes('freeze')) return null;
  return (
    <div class="acts">
      <ActButton
        label="Release a version"
        style="outline"
        question={{
          title: 'Release a version',
          confirm: 'Release',
          onConfirm: ({ version }) => perform('release', { version }),
          children: (
            <label>
              Version
              <input
                name="version"
                required
                autofocus
                autocomplete="off"
                placeholder="v1.1.0"
                pattern="v\d+\.\d+\.\d+(-[0-9A-Za-z.\-]+)?"
                title="A tag like v1.1.0"
              />
              <small>
                A tag that was published. It is scanned, migrated, deployed and tested before anybody decides.
              </small>
            </label>
          ),
        }}
      />
      <ActButton
        label="Freeze releases"
        style="outline secondary"
        question={{
          title: 'Freeze releases',
          confirm: 'Freeze',
          onConfirm: ({ reason, until = '' }) => perform('freeze', { reason, until: new Date(until).toISOString() }),
          children: (
            <>
              <p>No release starts its cutover until then. A revert is never held up.</p>
              <Reason hint="sale on Friday" />
              <label>
                Until
                <input name="until" type="datetime-local" required defaultValue={tomorrow()} />
              </label>
            </>
          ),
        }}
      />
      {overview.status.route?.maintenance === 'off' && (
        <ActButton
          label="Maintenance"
          style="outline secondary"
          question={{
            title: 'Keep viewers out?',
            confirm: 'Begin maintenance',
            danger: true,
            onConfirm: ({ maintenance, reason }) => perform('maintenance', { maintenance, reason }),
            children: (
              <>
                <fieldset>
                  <legend>Viewers</legend>
                  <label>
                    <input type="radio" name="maintenance" value="read-only" defaultChecked /> may read, and change
                    nothing
                  </label>
                  <label>
                    <input type="radio" name="maintenance" value="full" /> get nothing but a word about it
                  </label>
                </fieldset>
                <p>No viewer changes color, and a release that is under way goes on.</p>
                <Reason hint="the disk is replaced" />
              </>
            ),
          }}
        />
      )}
    </div>
  );
}

/** Sends viewers back; it needs nothing but a reason. */
export function RevertButton({ overview, perform }: ActsProps) {
  const { route, live } = overview.status;
  const from = route && route.releases[route.shift?.to ?? route.live];
  if (!overview.me.may.includes('revert') || !from) return null;
  const to = live?.release === from ? live.previous?.version : live?.version;
  return (
    <ActButton
      label="Revert"
      style="danger"
      question={{
        title: to ? `Send viewers back to ${to}?` : 'Send viewers back?',
        confirm: 'Revert now',
        danger: true,
        onConfirm: ({ reason }) => perform('revert', { reason, from }),
        children: (
          <>
            <p>It takes seconds while the version before is warm. New releases then wait until somebody resumes.</p>
            <Reason hint="prices are wrong" />
          </>
        ),
      }}
    />
  );
}

/** An approval that came second has changed nothing, which whoever gave it should know. */
async function approve(perform: Do, release: string): Promise<void> {
  const { first, by } = await perform<DecideResult>('approve', { release });
  if (!first) throw new Error(`${by} had approved it already; nothing has changed.`);
}

/** What the release that waits is asked about. */
export function Decide({ overview, perform, release }: ActsProps & { readonly release: string }) {
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const { me, approval } = overview;
  const { record, events = [] } = overview.release ?? {};
  const given = events.filter(({ event }) => event.startsWith('Approval:'));
  // There is nothing to look at before it is done.
  const restore = record?.kind === 'restore';
  const own = !approval.allowRequester && record?.actor === me.name;
  const guarded = async (run: () => Promise<unknown>) => {
    setBusy(true);
    setError(undefined);
    await run().catch((problem: Error) => setError(problem.message));
    setBusy(false);
  };
  if (!me.may.includes('approve')) {
    return <p class="quiet">QA decides. You may look: your role is {me.role}.</p>;
  }
  return (
    <section class="decide" aria-label={`Decide about ${restore ? 'the restore' : record?.version}`}>
      {!restore && (
        <button type="button" class="outline" onClick={() => void guarded(() => preview(perform, release))}>
          See it first
        </button>
      )}
      <button type="button" disabled={busy || own} onClick={() => void guarded(() => approve(perform, release))}>
        Approve
      </button>
      <ActButton
        label="Reject"
        style="outline danger"
        question={{
          title: restore ? 'Reject the restore?' : `Reject ${record?.version}?`,
          confirm: 'Reject',
          danger: true,
          onConfirm: ({ reason }) => perform('reject', { release, reason }),
          children: (
            <>
              <p>
                Viewers keep what they have; {restore ? 'the database stays as it is' : 'the idle fleet is scaled in'}.
              </p>
              <Reason hint={restore ? 'an hour earlier is enough' : 'the total is off by one'} />
            </>
          ),
        }}
      />
      {own && <p class="quiet">You asked for it: somebody else has to approve it.</p>}
      {given.length > 0 && (
        <p class="quiet">Approved by {given.map(({ by }) => String(by)).join(', ')}; somebody else has to, too.</p>
      )}
      {error !== undefined && (
        <p role="alert" class="refused">
          {error}
        </p>
      )}
    </section>
  );
}

/** Opened before the link is there: browsers take a window that opens later for an advertisement. */
async function preview(perform: Do, release: string): Promise<void> {
  const tab = window.open('', '_blank');
  try {
    const { url } = await perform<{ url: string }>('preview', { release });
    if (tab === null) throw new Error('the browser lets the console open no window: allow it, and try again');
    tab.opener = null;
    tab.location.href = url;
  } catch (error) {
    tab?.close();
    throw error;
  }
}

/** As the field wants it: local time without a zone. */
function tomorrow(): string {
  const at = new Date(Date.now() + 24 * 3_600_000);
  at.setMinutes(at.getMinutes() - at.getTimezoneOffset());
  return at.toISOString().slice(0, 16);
}
