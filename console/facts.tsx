import type { ComponentChildren } from 'preact';
import type { LedgerEvent } from '../lambda/aws/ledger';
import { plural } from './format';
import { Icon, type IconName } from './icon';
import { scanWords } from './words';

interface SmokeResult {
  readonly path: string;
  readonly status: number;
  readonly ms: number;
}

const VERDICTS: Readonly<Record<string, { readonly icon: IconName; readonly means: string }>> = {
  none: { icon: 'done', means: 'nothing changes' },
  expand: { icon: 'done', means: 'the old version can live with it' },
  contract: { icon: 'warn', means: 'removes something: older versions cannot come back' },
  unsafe: { icon: 'stopped', means: 'the old version could not live with it' },
};

/** What was found about a release: scan, migrations, smoke test. */
export function Facts({ events }: { readonly events: readonly LedgerEvent[] }) {
  const find = (name: string) => events.find(({ event }) => event === name);
  const scan = find('CheckImage');
  const smoke = find('SmokeTest') ?? find('SmokeLive');
  return (
    <div class="facts">
      <Fact title="Image scan" known={scan !== undefined}>
        <p>
          <Icon name="done" /> passed: {scanWords(scan?.counts)}
        </p>
      </Fact>
      <Migrations plan={find('RecordPlan')} applied={find('Migrate')} />
      <Fact title="Smoke test" known={smoke !== undefined}>
        <p>
          <Icon name="done" /> {plural(Number(smoke?.checks), 'check')} passed
        </p>
        <ul>
          {((smoke?.results ?? []) as SmokeResult[]).map(({ path, status, ms }) => (
            <li key={path}>
              <code>{path}</code> {status} in {ms} ms
            </li>
          ))}
        </ul>
      </Fact>
    </div>
  );
}

function Migrations({ plan, applied }: { readonly plan?: LedgerEvent; readonly applied?: LedgerEvent }) {
  const known = plan ?? applied;
  const verdict = VERDICTS[String(known?.verdict ?? 'none')];
  const changesets = ((applied?.changesets as string[] | undefined)?.length ? applied : plan)?.changesets as
    | string[]
    | undefined;
  const pending = applied === undefined ? Number(plan?.pending ?? 0) : 0;
  return (
    <Fact title="Migrations" known={known !== undefined}>
      <p>
        <Icon name={verdict?.icon ?? 'warn'} /> <strong>{String(known?.verdict)}</strong>: {verdict?.means}
      </p>
      <p>
        {pending > 0
          ? `${plural(pending, 'changeset')} pending`
          : `${plural(Number(applied?.applied ?? 0), 'changeset')} applied`}
        {Number(known?.withoutRollback) > 0 && <>, {String(known?.withoutRollback)} without a rollback</>}
      </p>
      <ul>
        {(changesets ?? []).map((each) => (
          <Changeset key={each} identity={each} />
        ))}
      </ul>
    </Fact>
  );
}

/** `path::id::author`. */
function Changeset({ identity }: { readonly identity: string }) {
  const [path = '', id, author] = identity.split('::');
  return (
    <li>
      <code>{id}</code> by {author} <span class="quiet">in {path.split('/').at(-1)}</span>
    </li>
  );
}

function Fact({ title, known, children }: FactProps) {
  return (
    <section class="fact">
      <h4>{title}</h4>
      {known ? children : <p class="quiet">not yet</p>}
    </section>
  );
}

interface FactProps {
  readonly title: string;
  readonly known: boolean;
  readonly children: ComponentChildren;
}
