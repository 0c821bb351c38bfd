import '@picocss/pico/css/pico.min.css';
import './console.css';
import { render } from 'preact';
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import type { Overview } from '../lambda/console-api/overview';
import type { PageConfig } from '../lambda/console-page/handler';
import type { Do } from './acts';
import { Api, useNow, usePoll } from './api';
import { Environment, Notices } from './environment';
import { History } from './history';
import { Others } from './others';
import { Release } from './release';
import { goAndSignIn, signOut, takeToken } from './sign-in';
import { phasesOf } from './timeline';
import { headline } from './words';

/** Milliseconds between two questions while a release is under way, and otherwise. */
const PACE = { underWay: 1_500, quiet: 8_000 } as const;
const paceOf = (overview: Overview | undefined) =>
  overview?.release?.record.outcome === undefined && overview?.release ? PACE.underWay : PACE.quiet;

function Console({ config, token }: { readonly config: PageConfig; readonly token: string }) {
  const [ended, setEnded] = useState(false);
  const api = useMemo(() => new Api(token, () => setEnded(true)), [token]);
  const { value: overview, error, refresh } = usePoll<Overview>(ended ? undefined : api, '/api/overview', paceOf);
  const now = useNow(api);
  const perform: Do = useCallback(
    async <T,>(act: Parameters<Do>[0], body: object = {}) => {
      const result = await api.act<T>(act, body);
      refresh();
      return result;
    },
    [api, refresh],
  );
  const record = overview?.release?.record;
  const said = overview?.release
    ? headline(overview.release.record, phasesOf(overview.release.record, overview.release.events, false))
    : '';
  useEffect(() => {
    document.title = said ? `${said} · ${config.place}` : `Greenroom · ${config.place}`;
  }, [said]);
  return (
    <>
      <Bar config={config} me={overview?.me}>
        <button type="button" class="outline secondary small" onClick={() => signOut(config.signIn, token)}>
          Sign out
        </button>
      </Bar>
      <main class="page">
        <p role="status" class="visually-hidden">
          {said}
        </p>
        {ended && (
          <div class="notice" role="alert">
            <p>
              <strong>Your session has ended.</strong> What you see may be old; sign in again to go on.
            </p>
            <button type="button" class="small" onClick={() => void goAndSignIn(config.signIn)}>
              Sign in again
            </button>
          </div>
        )}
        {error && !ended && (
          <div class="notice" role="alert">
            <p>
              {overview && <strong>What you see may be old. </strong>}
              {error.message}
            </p>
          </div>
        )}
        {overview ? (
          <>
            <Notices overview={overview} perform={perform} />
            <div class="grid-page">
              <div class="side">
                <Environment overview={overview} perform={perform} now={now} />
                <Others others={config.others} token={token} />
              </div>
              <div class="main">
                <Release overview={overview} perform={perform} now={now} />
                <History api={api} now={now} newest={`${record?.id} ${record?.outcome}`} />
              </div>
            </div>
          </>
        ) : (
          !error && <p aria-busy="true">Loading …</p>
        )}
      </main>
    </>
  );
}

function Bar({ config, me, children }: BarProps) {
  return (
    <header class="bar">
      <span class="brand">Greenroom</span>
      <span class="place">{config?.place}</span>
      {me && (
        <span class="me">
          {me.name} <span class="role">{me.role}</span>
        </span>
      )}
      {children}
    </header>
  );
}

interface BarProps {
  readonly config?: PageConfig;
  readonly me?: Overview['me'];
  readonly children?: preact.ComponentChildren;
}

/** Signs in before anything is shown: the page itself knows nothing. */
function Start() {
  const [config, setConfig] = useState<PageConfig>();
  const [token, setToken] = useState<string>();
  const [error, setError] = useState<string>();
  useEffect(() => {
    void begin().catch((problem: Error) => setError(problem.message));
  }, []);
  const begin = async () => {
    const response = await fetch('/config.json');
    const found = (await response.json()) as PageConfig & { message?: string };
    if (!response.ok) throw new Error(found.message ?? 'the console is not set up');
    setConfig(found);
    const given = await takeToken(found.signIn);
    if (given === undefined) await goAndSignIn(found.signIn);
    else setToken(given);
  };
  if (config && token) return <Console config={config} token={token} />;
  return (
    <>
      <Bar config={config} />
      <main class="page">
        {error === undefined ? (
          <p aria-busy="true">Signing in …</p>
        ) : (
          <div class="notice" role="alert">
            <p>
              <strong>You are not signed in:</strong> {error}
            </p>
            {config && (
              <button type="button" class="small" onClick={() => void goAndSignIn(config.signIn, true)}>
                Sign in
              </button>
            )}
          </div>
        )}
      </main>
    </>
  );
}

render(<Start />, document.getElementById('console') as HTMLElement);
