import type { Overview } from '../lambda/console-api/overview';
import { otherColor } from '../lambda/domain/color';
import { ActButton, type Do, OperatorActs, RevertButton } from './acts';
import { Reason } from './dialog';
import { ago, moment } from './format';
import { Icon } from './icon';

/** Characters of a version that stand in one line of the largest letters. */
const SHORT = 10;

interface EnvironmentProps {
  readonly overview: Overview;
  readonly perform: Do;
  readonly now: number;
}

/** What viewers get, what stands by, and what operators do about it. */
export function Environment({ overview, perform, now }: EnvironmentProps) {
  const { status } = overview;
  const { live, route, turn, floor } = status;
  const standby = route?.standby ? live?.previous : undefined;
  return (
    <section class="card live" aria-labelledby="live">
      <p class="eyebrow">Live in {status.environment}</p>
      <h1 id="live" class={live ? (live.version.length > SHORT ? 'long' : undefined) : 'nothing'}>
        {live?.version ?? 'Nothing yet'}
      </h1>
      {live && (
        <p class="quiet">
          released {ago(live.at, now)}
          {route && <>, on {route.live}</>}
          <br />
          <code title={live.digest}>{live.digest.slice(0, 19)}</code>
        </p>
      )}
      <ul class="plain">
        {standby && route && (
          <li>
            <Icon name="done" /> {standby.version} is warm on {otherColor(route.live)}: a revert takes seconds
          </li>
        )}
        {live?.previous && route && !standby && (
          <li>
            <Icon name="ahead" /> nothing is warm: a revert deploys the version before again
          </li>
        )}
        {floor && (
          <li>
            <Icon name="warn" /> no version before {floor.version} can come back
          </li>
        )}
        {turn.waiting.length > 0 && (
          <li>
            <Icon name="ahead" /> waiting for their turn: {turn.waiting.join(', ')}
          </li>
        )}
      </ul>
      <RevertButton overview={overview} perform={perform} />
      <OperatorActs overview={overview} perform={perform} />
    </section>
  );
}

/** What keeps releases out, and how it ends. */
export function Notices({ overview, perform }: Omit<EnvironmentProps, 'now'>) {
  const { hold, frozen, maintenance, route } = overview.status;
  const { may } = overview.me;
  return (
    <>
      {hold && (
        <aside class="notice" aria-label="Held">
          <p>
            <Icon name="warn" /> <strong>New releases are held.</strong> {hold.by} reverted on {moment(hold.at)}:{' '}
            {hold.reason}
          </p>
          {may.includes('resume') && (
            <ActButton
              label="Resume"
              style="small"
              question={{
                title: 'Let new releases come again?',
                confirm: 'Resume',
                onConfirm: () => perform('resume'),
              }}
            />
          )}
        </aside>
      )}
      {frozen && (
        <aside class="notice" aria-label="Frozen">
          <p>
            <Icon name="warn" /> <strong>Releases are frozen.</strong> {frozen}
          </p>
          {may.includes('unfreeze') && (
            <ActButton
              label="Unfreeze"
              style="small"
              question={{
                title: 'End the freeze?',
                confirm: 'Unfreeze',
                onConfirm: () => perform('unfreeze'),
                children: <p>A freeze window of the configuration stays; this ends the one that a person set.</p>,
              }}
            />
          )}
        </aside>
      )}
      {route && route.maintenance !== 'off' && (
        <aside class="notice" aria-label="Maintenance">
          <p>
            <Icon name="warn" /> <strong>Maintenance: {route.maintenance}.</strong>{' '}
            {maintenance ? `${maintenance.by}: ${maintenance.reason}` : 'A migration runs.'}
          </p>
          {may.includes('maintenance') && !route.readOnlyFor && (
            <ActButton
              label="End maintenance"
              style="small"
              question={{
                title: 'Let viewers in again?',
                confirm: 'End maintenance',
                onConfirm: ({ reason }) => perform('maintenance', { maintenance: 'off', reason }),
                children: <Reason hint="the disk is in" />,
              }}
            />
          )}
        </aside>
      )}
    </>
  );
}
