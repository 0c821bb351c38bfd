import { alarmStates, type AlarmState } from '../aws/alarms';
import type { LedgerEvent, ReleaseRecord } from '../aws/ledger';
import { listEvents } from '../aws/release-events';
import { policy } from '../aws/settings';
import { requestRates } from '../aws/traffic';
import { type Color, COLORS } from '../domain/color';
import { CONSOLE_ACTS, type ConsoleAct, type ConsolePerson, may } from '../domain/console';
import { type EnvironmentStatus, environmentStatus } from '../inspect/read';

/** What the console shows first. */
export interface Overview {
  readonly application: string;
  readonly me: ConsolePerson & { readonly may: readonly ConsoleAct[] };
  readonly status: EnvironmentStatus;
  /** Whether a release asks for an approval, and whether who asked for it may give it. */
  readonly approval: { readonly required: boolean; readonly allowRequester: boolean };
  /** The release that has the turn, or else the newest one; null before the first. */
  readonly release: { readonly record: ReleaseRecord; readonly events: readonly LedgerEvent[] } | null;
  /** How the colors do, while a release is between its deployment and its end; null otherwise. */
  readonly watch: Readonly<Record<Color, ColorWatch>> | null;
}

export interface ColorWatch {
  readonly alarms: readonly AlarmState[];
  /** Requests a second; null when nothing is known. */
  readonly rate: number | null;
}

/** CloudWatch is asked at most so often by one instance of the function, however many people look. */
const WATCH_AGAIN_MS = 2_000;

export async function overview(person: ConsolePerson): Promise<Overview> {
  const status = await environmentStatus();
  const { application, approval } = policy();
  const { holder } = status.turn;
  const record = status.releases.find(({ id }) => id === holder) ?? status.releases[0];
  const events = record === undefined ? [] : await listEvents(record.id);
  const acts = Object.keys(CONSOLE_ACTS) as ConsoleAct[];
  return {
    application,
    me: { ...person, may: acts.filter((act) => may(person, CONSOLE_ACTS[act])) },
    status,
    approval: { required: approval.required, allowRequester: approval.allowRequester },
    release: record === undefined ? null : { record, events },
    watch: isWatched(status, record, events) ? await watch() : null,
  };
}

/** Both colors have something to say from the deployment to the end. */
function isWatched(
  { route }: EnvironmentStatus,
  record: ReleaseRecord | undefined,
  events: readonly LedgerEvent[],
): boolean {
  return route !== null && record?.outcome === undefined && events.some(({ event }) => event === 'PrepareCutover');
}

let watched: { readonly at: number; readonly colors: Promise<Record<Color, ColorWatch>> } | undefined;

function watch(): Promise<Record<Color, ColorWatch>> {
  if (watched === undefined || Date.now() - watched.at > WATCH_AGAIN_MS) {
    const colors = look();
    watched = { at: Date.now(), colors };
    colors.catch(() => (watched = undefined));
  }
  return watched.colors;
}

async function look(): Promise<Record<Color, ColorWatch>> {
  const [rates, ...alarms] = await Promise.all([requestRates(), ...COLORS.map(alarmStates)]);
  const [blue = [], green = []] = alarms;
  return { blue: { alarms: blue, rate: rates.blue }, green: { alarms: green, rate: rates.green } };
}
