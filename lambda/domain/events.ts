/** A change of the ledger, as its stream tells it. */
export interface LedgerChange {
  /** The stream's own id: a change that is told again has the same. */
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly before?: LedgerItem;
  readonly after?: LedgerItem;
}

export type LedgerItem = Readonly<Record<string, unknown>> & { readonly pk: string; readonly sk: string };

/** Where an event comes from. */
export interface Origin {
  readonly application: string;
  readonly environment: string;
}

/** What goes to EventBridge: `docs/events.md` explains each, `docs/events.schema.json` is its schema. */
export interface GreenroomEvent {
  readonly detailType: DetailType;
  readonly detail: Origin & {
    readonly schemaVersion: typeof SCHEMA_VERSION;
    readonly id: string;
    readonly at: string;
  } & Readonly<Record<string, unknown>>;
}

export const EVENT_SOURCE = 'greenroom';

/** Grows when a member is removed or changes its meaning; a new member does not count. */
const SCHEMA_VERSION = 1;

export const DETAIL_TYPES = [
  'Release Started',
  'Release Progressed',
  'Approval Requested',
  'Approval Given',
  'Traffic Shifted',
  'Release Ended',
  'Release Measured',
  'Turn Changed',
  'Environment Acted On',
  'Environment State Changed',
  'Ledger Altered',
] as const;
export type DetailType = (typeof DETAIL_TYPES)[number];

/**
 * The states of an environment that others may know of. The turn and approvals hold task tokens, with which anybody who
 * may answer tokens could answer them: what is told of them is chosen member by member.
 */
const STATES = ['live', 'hold', 'freeze', 'floor', 'maintenance', 'drift'];

/** What the members of a ledger item's own place are called; no event repeats them. */
const PLACE = ['pk', 'sk', 'list', 'at', 'event'];

/** What is told of an item that says itself when it happened. A state's time may be another one: of what is live, or held. */
const WRITTEN_ONCE: readonly DetailType[] = [
  'Release Progressed',
  'Approval Requested',
  'Approval Given',
  'Traffic Shifted',
  'Environment Acted On',
];

type Told = [DetailType, Record<string, unknown>];

/** The events that a change of the ledger is told as; none for what is nobody's business, such as a mark of recovery. */
export function eventsOf(change: LedgerChange, origin: Origin): GreenroomEvent[] {
  const item = change.after ?? change.before;
  if (item === undefined) return [];
  const told = [...tellOf(item, change)];
  return told.map(([detailType, detail], index) => ({
    detailType,
    detail: {
      schemaVersion: SCHEMA_VERSION,
      id: index === 0 ? change.id : `${change.id}-${index}`,
      at: WRITTEN_ONCE.includes(detailType) && typeof item.at === 'string' ? item.at : change.at,
      ...origin,
      ...detail,
    },
  }));
}

function* tellOf({ pk, sk }: LedgerItem, { before, after }: LedgerChange): Iterable<Told> {
  const [kind, release = ''] = pk.split(/#(.*)/s);
  if (kind === 'events' || kind === 'acts') {
    // Both are written once and never again: whoever changes one is not the workflow.
    if (before !== undefined) yield ['Ledger Altered', { item: { pk, sk }, change: after ? 'modified' : 'removed' }];
    else if (after && kind === 'events') yield tellEvent(release, after);
    else if (after) yield ['Environment Acted On', rest(after)];
    return;
  }
  if (kind === 'release' && sk === 'record') return yield* tellRecord(release, before, after);
  if (pk !== 'environment') return;
  if (sk === 'turn') yield* tellTurn(before as TurnItem | undefined, after as TurnItem | undefined);
  else if (STATES.includes(sk))
    yield ['Environment State Changed', { state: sk, value: after ? valueOf(after) : null }];
}

function tellEvent(release: string, item: LedgerItem): Told {
  const [event = '', step] = String(item.event).split(':');
  const evidence = rest(item);
  if (event === 'AwaitApproval') return ['Approval Requested', { release, evidence }];
  if (event === 'Approval' || event === 'Decision') {
    const { decision = 'approve', by, identity, reason, ...seen } = evidence;
    return ['Approval Given', { release, decision, final: event === 'Decision', by, identity, reason, evidence: seen }];
  }
  if (event === 'ShiftTraffic') return ['Traffic Shifted', { release, percent: Number(step), evidence }];
  return ['Release Progressed', { release, event: item.event, evidence }];
}

function* tellRecord(release: string, before?: LedgerItem, after?: LedgerItem): Iterable<Told> {
  if (after === undefined)
    return yield ['Ledger Altered', { item: { pk: `release#${release}`, sk: 'record' }, change: 'removed' }];
  const { kind, version, digest, actor, commit, startedAt, outcome, reason, endedAt, times } = after;
  const about = { release, kind, version, digest, actor, commit };
  if (before === undefined) yield ['Release Started', { ...about, startedAt }];
  if (outcome !== undefined && before?.outcome === undefined) {
    yield ['Release Ended', { ...about, startedAt, endedAt, outcome, reason }];
  }
  // Figures follow a moment after the end: no release is kept from its end for want of them.
  if (times !== undefined && before?.times === undefined) {
    yield ['Release Measured', { release, kind, version, outcome, times }];
  }
}

interface TurnItem {
  readonly number?: number;
  readonly holder?: { readonly release: string } | null;
  readonly waiting?: readonly { readonly release: string }[];
}

function* tellTurn(before?: TurnItem, after?: TurnItem): Iterable<Told> {
  const seen = ({ number = 0, holder, waiting = [] }: TurnItem) => ({
    number,
    holder: holder?.release ?? null,
    waiting: waiting.map(({ release }) => release),
  });
  const [now, then] = [seen(after ?? {}), seen(before ?? {})];
  if (JSON.stringify(now) !== JSON.stringify(then)) yield ['Turn Changed', now];
}

/** A state as it is, with the time that stands in it. */
function valueOf(item: LedgerItem): Record<string, unknown> {
  return { ...rest(item), ...(item.at !== undefined && { at: item.at }) };
}

function rest(item: LedgerItem): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).filter(([name]) => !PLACE.includes(name)));
}
