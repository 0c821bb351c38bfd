import { useMemo } from 'preact/hooks';
import type { Overview } from '../lambda/console-api/overview';
import type { PageConfig } from '../lambda/console-page/handler';
import { Api, usePoll } from './api';

const PACE_MS = 30_000;

/** What is live in the other environments whose consoles take the same token. */
export function Others({ others, token }: { readonly others: PageConfig['others']; readonly token: string }) {
  if (others.length === 0) return null;
  return (
    <section class="card" aria-labelledby="others">
      <h2 id="others">Other environments</h2>
      <ul class="plain">
        {others.map((other) => (
          <Other key={other.name} {...other} token={token} />
        ))}
      </ul>
    </section>
  );
}

function Other({ name, url, token }: PageConfig['others'][number] & { readonly token: string }) {
  const api = useMemo(() => new Api(token, () => undefined, url), [token, url]);
  const { value, error } = usePoll<Overview>(api, '/api/overview', () => PACE_MS);
  return (
    <li>
      <span>
        <a href={url}>{name}</a>:{' '}
        {value?.status.live?.version ?? (error ? 'does not answer' : value ? 'nothing yet' : '…')}
      </span>
    </li>
  );
}
