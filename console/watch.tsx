import type { Overview } from '../lambda/console-api/overview';
import { type Color, COLORS } from '../lambda/domain/color';
import { Icon, type IconName } from './icon';

type Route = NonNullable<Overview['status']['route']>;

const ALARMS: Readonly<Record<string, { readonly icon: IconName; readonly word: string }>> = {
  OK: { icon: 'done', word: 'quiet' },
  ALARM: { icon: 'stopped', word: 'rings' },
  INSUFFICIENT_DATA: { icon: 'ahead', word: 'no data yet' },
};

const RATE = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 });

/** Share of the viewers, requests and alarms of both colors while traffic shifts and is watched. */
export function Watch({ watch, route }: { readonly watch: NonNullable<Overview['watch']>; readonly route: Route }) {
  return (
    <div class="colors">
      {COLORS.map((color) => {
        const { alarms, rate } = watch[color];
        const share = shareOf(route, color);
        return (
          <section key={color} class={`color color-${color}`} aria-label={color}>
            <h3>
              <span class="swatch" aria-hidden="true" />
              {color} <span class="share">{share} %</span>
            </h3>
            <progress value={share} max={100} aria-label={`Share of the viewers on ${color}`} />
            <p>{rate === null ? 'no requests reported yet' : `${RATE.format(rate)} requests a second`}</p>
            <ul class="alarms">
              {alarms.map(({ name, state, reason }) => (
                <li key={name}>
                  <Icon name={ALARMS[state]?.icon ?? 'warn'} /> {alarmName(name, color)}: {ALARMS[state]?.word ?? state}
                  {state === 'ALARM' && reason && <span class="quiet">, {reason}</span>}
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </div>
  );
}

function shareOf({ live, shift }: Route, color: Color): number {
  if (shift?.to === color) return shift.percent;
  return live === color ? 100 - (shift?.percent ?? 0) : 0;
}

/** Without application, environment and color, which stand above it. */
function alarmName(name: string, color: Color): string {
  return name.slice(name.indexOf(color) + color.length + 1).replaceAll('-', ' ') || name;
}
