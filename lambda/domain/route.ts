import { createHash } from 'node:crypto';
import type { Color } from './color';
import { otherColor } from './color';
import { ReleaseError } from './errors';

/** Key of the route document in the KeyValueStore. */
export const ROUTE_KEY = 'route';

/** Headers and cookies that the edge sets for the origin or reads from QA. Lower case, as CloudFront Functions see them. */
export const EDGE_NAMES = {
  /** Set by the function, part of the cache key, passed to the origin: release id of the chosen color. */
  releaseHeader: 'x-greenroom-release',
  /** Set by the function, passed to the origin: `blue` or `green`. */
  colorHeader: 'x-greenroom-color',
  /** Set by the function, passed to the origin: `<live color> <epoch>`, from which tasks learn whether they may work. */
  liveHeader: 'x-greenroom-live',
  /** Set by the function on previews only, part of the cache key: unique, so that a preview is never cached. */
  onceHeader: 'x-greenroom-once',
  /** `<credential>`: the preview credential, as a header (SmokeTest) or as a cookie (QA's browser). */
  previewHeader: 'x-greenroom-preview',
  previewCookie: 'greenroom-preview',
  /**
   * A viewer's lot in the draw of a shift, eight hexadecimal digits. The function passes a new one to the viewer-response
   * function in the header, as `<lot> <seconds>`, which makes a cookie of it.
   */
  lotHeader: 'x-greenroom-lot',
  lotCookie: 'greenroom-lot',
  /** Answered by the function itself with the epoch that this edge sees in {@link epochHeader}; never cached. */
  probePath: '/.greenroom/route',
  epochHeader: 'x-greenroom-epoch',
  /** With the credential in {@link previewHeader} it sets the cookie; without, it is the page of {@link previewLink}. */
  previewPath: '/.greenroom/preview',
} as const;

/**
 * The link that opens the preview in QA's browser. What stands behind `#` is sent to no server, so that no log has the
 * credential: the page that the edge answers sends it in a header.
 *
 * @param site address of the site without a slash at the end
 */
export function previewLink(site: string, credential: string): string {
  return `${site}${EDGE_NAMES.previewPath}#${credential}`;
}

/** Who wrote the route, so that a writer recognises its own write when the answer was lost. */
export interface RouteWriter {
  readonly release: string;
  readonly nonce: string;
  /** Of a warm revert: a mark of who asked and why, by which the same request is known without the ledger. @default - none */
  readonly asker?: string;
}

export const MAINTENANCE = ['off', 'read-only', 'full'] as const;
export type Maintenance = (typeof MAINTENANCE)[number];

/** How viewers keep their place in the draw of a shift. */
export interface StickyRule {
  /** 32 bits that turn a viewer's lot into its place, another for each release: not always the same go first. */
  readonly salt: number;
  /** How long a viewer keeps its lot. */
  readonly seconds: number;
}

/** Longer than any shift: a lot that ended within one would be drawn again, at a new address perhaps with another end. */
const STICKY_SECONDS = 7 * 24 * 3600;

/**
 * The route: one value of at most 1 KB in the KeyValueStore. Only this module builds and moves it.
 */
export interface Route {
  /** Version of this schema. */
  readonly v: 1;
  /** Grows by one with every write. */
  readonly epoch: number;
  /** Epoch of the last write by a {@link RouteWriter}: who only sets the maintenance state moves nobody. */
  readonly moved: number;
  /** The color that viewers get. */
  readonly live: Color;
  /** The release each color runs; null while a color runs none (placeholder, being redeployed, or retired). */
  readonly releases: Readonly<Record<Color, string | null>>;
  /** The warm color to revert to, or null. */
  readonly standby: Color | null;
  /** Epoch since which that color is the standby. @default - there is none */
  readonly standbySince?: number;
  /** A color that viewers were taken from and that runs on until then (Unix seconds), for what its pages still ask for. */
  readonly fading: { readonly color: Color; readonly until: number } | null;
  /** Share of viewers, 1 to 99, that already get the idle color; null outside a shift. */
  readonly shift: { readonly to: Color; readonly percent: number } | null;
  /** From the first step of a shift to its end, null otherwise. */
  readonly sticky: StickyRule | null;
  /** SHA-256 (hex) of the preview credential, valid for one release on the idle color until `expires` (Unix seconds). */
  readonly preview: { readonly hash: string; readonly release: string; readonly expires: number } | null;
  /** `read-only`: only safe methods pass. `full`: nothing passes. */
  readonly maintenance: Maintenance;
  /** The release whose migration made the edge read-only, and which takes it back; null when nobody or a person did. */
  readonly readOnlyFor: string | null;
  readonly writer: RouteWriter;
}

/** The first route of an environment: nothing is live yet, blue's placeholder answers. */
export function seedRoute(writer: RouteWriter): Route {
  return {
    v: 1,
    epoch: 1,
    moved: 1,
    live: 'blue',
    releases: { blue: null, green: null },
    standby: null,
    fading: null,
    shift: null,
    sticky: null,
    preview: null,
    maintenance: 'off',
    readOnlyFor: null,
    writer,
  };
}

/** The color that a release may change. */
export function idleColor(route: Route): Color {
  return otherColor(route.live);
}

/** The newest release that viewers get, all of them or some; null when only a placeholder answers. */
export function servedRelease(route: Pick<Route, 'live' | 'shift' | 'releases'>): string | null {
  return route.releases[route.shift?.to ?? route.live];
}

/** Parses a stored route. @throws ReleaseError RouteConflict when it is not a route of a known schema. */
export function parseRoute(text: string): Route {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  const route = value as Route | null;
  if (route?.v !== 1 || !Number.isInteger(route.epoch) || (route.live !== 'blue' && route.live !== 'green')) {
    throw new ReleaseError('RouteConflict', `the stored route is not one of schema 1: ${text.slice(0, 200)}`);
  }
  return route;
}

/** Serialises a route. @throws ReleaseError RouteConflict above the KeyValueStore's limit of 1 KB. */
export function formatRoute(route: Route): string {
  const text = JSON.stringify(route);
  if (Buffer.byteLength(text) > 1024) {
    throw new ReleaseError('RouteConflict', `the route has ${Buffer.byteLength(text)} bytes, a value may have 1024`);
  }
  return text;
}

/** A change of the route; it throws RouteConflict when the route does not allow it. */
export type RouteChange = (route: Route) => Omit<Route, 'epoch' | 'moved' | 'writer' | 'v'>;

/**
 * Applies a change: the epoch grows by one and the writer is recorded.
 *
 * @param writer null for a change that moves nobody: whose route it was, it stays, and a release that is under way goes on
 */
export function moveRoute(route: Route, change: RouteChange, writer: RouteWriter | null): Route {
  const epoch = route.epoch + 1;
  const moved = change(route);
  const standbySince =
    moved.standby === route.standby ? route.standbySince : moved.standby === null ? undefined : epoch;
  const by = writer === null ? { moved: route.moved, writer: route.writer } : { moved: epoch, writer };
  return { ...moved, standbySince, v: 1, epoch, ...by };
}

const WRITABLE = { maintenance: 'off', readOnlyFor: null } as const;

/**
 * Before the idle fleet is touched: there is no standby any more, and the idle color is named after the release.
 *
 * @param runsUntil until when the fleet of a standby is left as it is, in Unix seconds. @default - it is not
 */
export function claimIdle(release: string, runsUntil = 0): RouteChange {
  return (route) => {
    requireThat(route.shift === null, route, 'a shift is under way');
    const color = idleColor(route);
    return {
      ...route,
      standby: null,
      fading: route.standby === color && runsUntil > 0 ? { color, until: runsUntil } : leftOf(route.fading, color),
      preview: null,
      // Whoever claims holds the turn: a release that left the edge read-only does not run any more.
      ...(route.readOnlyFor !== null && WRITABLE),
      releases: { ...route.releases, [idleColor(route)]: release },
    };
  };
}

/** As {@link claimIdle}, by a revert that has taken the turn over: a shift of the release that it deposed ends at once. */
export function takeIdle(release: string, runsUntil = 0): RouteChange {
  return (route) => {
    // Who shifts has given the standby up before; its viewers are on the idle color just the same.
    const standby = route.shift === null ? route.standby : route.shift.to;
    return claimIdle(release, runsUntil)({ ...route, ...EVERYBODY_LIVE, standby });
  };
}

/** What is left of an earlier fading of this color. */
function leftOf(fading: Route['fading'], color: Color): Route['fading'] {
  return fading?.color === color ? fading : null;
}

/** Lets whoever carries the credential see the idle color. */
export function openPreview(release: string, hash: string, expires: number): RouteChange {
  return (route) => {
    requireThat(route.releases[idleColor(route)] === release, route, `${release} is not on the idle color`);
    return { ...route, preview: { hash, release, expires } };
  };
}

/** Neither shift nor preview: all viewers get the live color. */
const EVERYBODY_LIVE = { shift: null, sticky: null, preview: null } as const;

/** Gives the release's color a share of the viewers; 100 makes it live and the other color standby. */
export function shiftTo(release: string, percent: number): RouteChange {
  return (route) => {
    const to = idleColor(route);
    requireThat(route.releases[to] === release, route, `${release} is not on the idle color`);
    requireThat(percent > (route.shift?.percent ?? 0) && percent <= 100, route, `cannot shift to ${percent} %`);
    if (percent < 100) return { ...route, shift: { to, percent }, sticky: route.sticky ?? stickyRule(route, release) };
    const standby = route.releases[route.live] === null ? null : route.live;
    return { ...route, ...EVERYBODY_LIVE, live: to, standby, fading: null };
  };
}

/** The salt comes from the preview's hash where there is one: nobody outside knows it, nobody can make up a lot. */
function stickyRule(route: Route, release: string): StickyRule {
  const digest = createHash('sha256')
    .update(`${release} ${route.preview?.hash ?? ''}`)
    .digest();
  return { salt: digest.readUInt32BE(), seconds: STICKY_SECONDS };
}

/**
 * Takes a release out of the route, wherever it stands; what ran before is live again. Used by recovery.
 *
 * @param runsUntil when its fleet is scaled in, in Unix seconds: until then its assets still load. @default - at once
 */
export function withdraw(release: string, runsUntil = 0): RouteChange {
  return (route) => {
    const served = route.shift !== null || route.releases[route.live] === release;
    const fadingOf = (color: Color) =>
      served && runsUntil > 0 ? { color, until: runsUntil } : leftOf(route.fading, color);
    if (route.releases[route.live] === release) {
      requireThat(route.standby !== null, route, `${release} is live and there is no standby to go back to`);
      const live = route.standby as Color;
      return {
        ...route,
        live,
        standby: null,
        fading: fadingOf(otherColor(live)),
        ...EVERYBODY_LIVE,
        releases: { ...route.releases, [otherColor(live)]: null },
      };
    }
    const idle = idleColor(route);
    requireThat(route.releases[idle] === release, route, `${release} is on neither color`);
    return { ...route, fading: fadingOf(idle), ...EVERYBODY_LIVE, releases: { ...route.releases, [idle]: null } };
  };
}

/** The warm revert: the standby is live at once, the color that was live becomes the standby. A shift ends. */
export function revertToStandby(): RouteChange {
  return (route) => {
    requireThat(route.standby !== null, route, 'there is no standby');
    const live = route.standby as Color;
    return { ...route, live, standby: otherColor(live), ...EVERYBODY_LIVE };
  };
}

/** Gives the standby up before it is scaled in. */
export function retireStandby(color: Color): RouteChange {
  return (route) => {
    requireThat(route.standby === color, route, `${color} is not the standby`);
    return { ...route, standby: null, releases: { ...route.releases, [color]: null } };
  };
}

/** What an operator sets; it stays until an operator sets something else. A migration's read-only mode is not ended. */
export function setMaintenance(maintenance: Maintenance): RouteChange {
  return (route) => {
    requireThat(
      maintenance !== 'off' || route.readOnlyFor === null,
      route,
      `${route.readOnlyFor} migrates in read-only mode, which ends with its migration; to end it now cancel the release`,
    );
    return { ...route, maintenance, readOnlyFor: null };
  };
}

/** Before a migration that the configuration wants in read-only mode. What an operator has set stays as it is. */
export function beginReadOnly(release: string): RouteChange {
  return (route) => {
    requireThat(route.readOnlyFor === null, route, `${route.readOnlyFor} made it read-only already`);
    return route.maintenance === 'off' ? { ...route, maintenance: 'read-only', readOnlyFor: release } : { ...route };
  };
}

/** After it, however it ended. */
export function endReadOnly(release: string): RouteChange {
  return (route) => {
    requireThat(route.readOnlyFor === release, route, `${release} did not make it read-only`);
    return { ...route, ...WRITABLE };
  };
}

function requireThat(condition: boolean, route: Route, reason: string): asserts condition {
  if (!condition) throw new ReleaseError('RouteConflict', `${reason} (route epoch ${route.epoch}, live ${route.live})`);
}
