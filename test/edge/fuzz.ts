import { createHash } from 'node:crypto';
import * as domain from '../../lambda/domain/route';
import { seededRandom } from '../../local/seeded-random';
import { expectation, mistakes, type PathKind } from './oracle';
import { after, credentialOf, FIRST_RELEASE, now, WAITING, WRITER } from './routes';
import { EdgeRuntime, viewerEvent, type ViewerEvent } from './runtime';

const ROUTES: readonly domain.Route[] = [
  domain.seedRoute(WRITER),
  after(...FIRST_RELEASE),
  after(...WAITING),
  after(...WAITING, domain.shiftTo('release-2', 5)),
  after(...WAITING, domain.shiftTo('release-2', 50)),
  after(...WAITING, domain.shiftTo('release-2', 100)),
  after(...WAITING, domain.shiftTo('release-2', 100), domain.revertToStandby()),
  { ...after(...WAITING), maintenance: 'read-only' },
  { ...after(...WAITING), maintenance: 'full' },
];

/** Texts that are no route: all of them must end in 503. */
const BROKEN: readonly (string | undefined)[] = [
  undefined,
  '',
  '{',
  '[]',
  'null',
  '0',
  '{"v":1}',
  '{"v":1,"epoch":1,"live":"blue","releases":{"blue":"r"}}',
  '{"v":"1","epoch":1,"live":"blue","releases":{"blue":null,"green":null}}',
  '{"v":1,"epoch":1,"live":"__proto__","releases":{"blue":null,"green":null}}',
];

const METHODS = ['GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'get', 'PROPFIND', ''];
const NAMES = ['accept', 'x-forwarded-for', '__proto__', 'constructor', 'x-greenroom', 'x-greenroom-', 'cookie', 'a'];

/** Characters that parsers trip over, in a random order. */
const NOISE = ((next) =>
  Array.from({ length: 16_384 }, () => [...'%/.;a2F \0é€\ud800&='])
    .map((from) => from[Math.floor(next() * from.length)])
    .join(''))(seededRandom(1));

/** A spelling that an origin would read as the same path. */
function spelled(path: string, pick: <T>(from: readonly T[]) => T, next: () => number): string {
  let spelling = path;
  for (let i = 0; i < 2; i += 1) {
    const at = 1 + Math.floor(next() * (path.length - 1));
    spelling = pick([
      (text: string) => text,
      (text: string) => text.toUpperCase(),
      (text: string) => `/${text}`,
      (text: string) => `${text}/`,
      (text: string) => `/.${text}`,
      (text: string) => `/zz/..${text}`,
      (text: string) => `/zz\\..${text}`,
      (text: string) => `${text};a=b`,
      // Once only: what is escaped twice is another path to an origin.
      (text: string) =>
        text.includes('%') ? text : text.replace(path[at] as string, () => `%${path.charCodeAt(at).toString(16)}`),
    ])(spelling);
  }
  return spelling;
}

/** One odd request and what its path is. */
function request(next: () => number): { path: PathKind; event: ViewerEvent } {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
  const garbage = (length: number): string => {
    const at = Math.floor(next() * (NOISE.length - length));
    return NOISE.slice(at, at + length);
  };
  const credential = (): string =>
    pick([credentialOf('release-2'), credentialOf('release-1'), 'f'.repeat(64), '', garbage(64), garbage(4000), '1']);
  const path = pick<PathKind>([
    'site',
    'site',
    'site',
    'site',
    'site',
    'site',
    'asset',
    'health',
    'ours',
    'probe',
    'preview-link',
  ]);
  const uris: Record<PathKind, () => string> = {
    // The first segment keeps it apart from the closed paths whatever follows, unless it climbs back: then it is `/`.
    site: () =>
      pick([
        '/',
        '/notes',
        '/zz/%',
        `/zz${garbage(Math.floor(next() * 40)).replaceAll('..', '')}`,
        `/${'z'.repeat(8000)}`,
      ]),
    asset: () => spelled(pick(['/assets/app.1a2b3c.js', '/static/a/b.css']), pick, next),
    health: () => spelled(pick(['/livez', '/readyz']), pick, next),
    ours: () => spelled('/.greenroom/origins/green', pick, next),
    probe: () => domain.EDGE_NAMES.probePath,
    'preview-link': () => domain.EDGE_NAMES.previewPath,
  };
  const event = viewerEvent({
    method: pick(METHODS),
    uri: uris[path](),
    ip: pick(['192.0.2.1', '2001:db8::1', '', `10.0.${Math.floor(next() * 256)}.${Math.floor(next() * 256)}`]),
    query: next() < 0.5 ? { credential: credential() } : {},
    headers: {
      'user-agent': pick(['', 'x', garbage(2000), 'Mozilla/5.0']),
      ...(next() < 0.2 ? { [domain.EDGE_NAMES.previewHeader]: credential() } : {}),
      ...(next() < 0.3
        ? { [domain.EDGE_NAMES.releaseHeader]: garbage(20), [domain.EDGE_NAMES.colorHeader]: 'green' }
        : {}),
      ...(next() < 0.3 ? { [`x-greenroom-${garbage(3)}`]: garbage(10) } : {}),
    },
    cookies: {
      ...(next() < 0.2 ? { [domain.EDGE_NAMES.previewCookie]: credential() } : {}),
      ...(next() < 0.3 ? { [pick(NAMES)]: garbage(100) } : {}),
      ...(next() < 0.3
        ? { [domain.EDGE_NAMES.lotCookie]: pick(['00000000', 'ffffffff', '0', '-1', garbage(8), garbage(4000)]) }
        : {}),
    },
  });
  const extra = pick(NAMES);
  if (next() < 0.5 && !extra.startsWith('x-greenroom-')) {
    event.request.headers[extra] = { value: garbage(30), multiValue: [{ value: garbage(30) }, { value: '' }] };
  }
  if (next() < 0.1) delete event.request.headers['user-agent'];
  return { path, event };
}

/** What the fuzzing went through, so that a run that tests nothing is seen. */
export interface FuzzReport {
  readonly requests: number;
  readonly origins: number;
  readonly answers: Record<string, number>;
}

/**
 * Sends odd requests through the deployed text and compares each with the rules.
 *
 * @throws Error with seed, request and what is wrong at the first mistake
 */
export async function fuzz(options: { requests: number; seed: number }): Promise<FuzzReport> {
  const next = seededRandom(options.seed);
  const report = { requests: options.requests, origins: 0, answers: {} as Record<string, number> };
  const stored = ROUTES.map((route) => domain.formatRoute(route));
  let current: string | undefined;
  const edge = new EdgeRuntime(() => current);
  for (let number = 0; number < options.requests; number += 1) {
    const chosen = Math.floor(next() * (ROUTES.length + 1));
    const route = ROUTES[chosen];
    current = route ? stored[chosen] : BROKEN[Math.floor(next() * BROKEN.length)];
    const { path, event } = request(next);
    const before = JSON.stringify(event);
    const where = `seed ${options.seed}, request ${number}: ${before.slice(0, 1000)} on ${current}`;
    const expected = route ? expectation(route, event, path, now()) : { status: 503 };
    const decision = await edge.run(event).catch((error: unknown) => {
      throw new Error(`the function throws ${String(error)}; ${where}`);
    });
    const wrong = route
      ? mistakes(route, JSON.parse(before) as ViewerEvent, expected, decision)
      : decision.kind === 'answer' && decision.answer.statusCode === 503
        ? []
        : ['503 without a route'];
    if (wrong.length > 0) throw new Error(`expected: ${wrong.join('; ')}; ${where}`);
    if (decision.kind === 'origin') report.origins += 1;
    else report.answers[decision.answer.statusCode] = (report.answers[decision.answer.statusCode] ?? 0) + 1;
  }
  return report;
}

/** A seed that tells runs apart. */
export function freshSeed(): number {
  return createHash('sha256').update(`${process.pid} ${process.hrtime.bigint()}`).digest().readUInt32BE();
}
