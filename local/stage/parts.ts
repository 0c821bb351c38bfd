import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRoute, type Route, ROUTE_KEY } from '../../lambda/domain/route';
import { type Assembly, loadAssembly, synthesise } from '../assembly';
import { type CloudModel, Executions, FunctionPool, policiesOf, principalsOf, simpleModels, startDoor } from '../cloud';
import {
  DatabaseServer,
  type DatabaseServerOptions,
  type Instances,
  openDatabase,
  type OpenedDatabase,
  openInstances,
  startRecoverable,
} from '../database';
import { openEdge, type OpenedEdge } from '../edge';
import { openCache } from '../cache';
import { Fleets } from '../fleet';
import { takePort } from '../fleet/ports';
import { CLIENT_ID, hasConsole, openConsole, type OpenedConsole, openIssuer } from '../console';
import type { TheatreOptions } from '../options';
import type { Cleanup } from './cleanup';
import type { TheatreEvent } from './events';
import { registerFirstRevisions } from './first-revisions';
import { Ledger } from './ledger';
import { Reaper } from './reaper';
import { Registry } from './registry';
import { ACCOUNT, attributesOf, REGION, secretsOf } from './run-time-values';

/** What a theatre consists of. */
export interface Parts {
  readonly assembly: Assembly;
  readonly fleets: Fleets;
  readonly edge: OpenedEdge;
  readonly database: OpenedDatabase;
  /** @default - the database is not recoverable */
  readonly instances?: Instances;
  readonly functions: FunctionPool;
  readonly executions: Executions;
  readonly models: CloudModel;
  readonly registry: Registry;
  readonly ledger: Ledger;
  /** @default - the environment has none */
  readonly console?: OpenedConsole;
  /** SecretString by ARN. */
  readonly secret: (arn: string) => string | undefined;
  /** Environment variables that all functions have, as the template resolves them. */
  readonly settings: Readonly<Record<string, string>>;
  /** URL that answers as AWS. */
  readonly endpoint: string;
}

/** Opens everything, in parallel where it can be; what is open is in `cleanup`, also when it throws. */
export async function openParts(
  options: TheatreOptions & { readonly environment: string; readonly speed: number },
  cleanup: Cleanup,
  emit: (event: TheatreEvent) => void,
): Promise<Parts> {
  const began = Date.now();
  const part = (name: string): void => {
    emit({ type: 'part', name, ms: Date.now() - began });
    options.signal?.throwIfAborted();
  };
  const log = (source: string) => (line: string) => emit({ type: 'log', source, line });

  const reaper = new Reaper();
  cleanup.add('reaper', () => reaper.close());
  const folder = mkdtempSync(join(tmpdir(), 'greenroom-'));
  reaper.folder(folder, true);
  cleanup.add('temporary folder', () => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    reaper.folder(folder, false);
  });

  const assemblyFolder = options.assembly ?? join(folder, 'cdk.out');
  const databaseFolder = join(folder, 'postgres');
  mkdirSync(databaseFolder);
  // PostgreSQL does not run as root: its own user must come through to its folder.
  if (process.getuid?.() === 0) chmodSync(folder, 0o711);
  const synthesis = options.assembly
    ? Promise.resolve()
    : synthesise({
        environment: options.environment,
        outdir: assemblyFolder,
        tmpdir: folder,
        signal: options.signal,
      }).then(() => part('templates'));
  const serverOptions = { directory: databaseFolder, onProcess: reaper.process };
  const starting = startDatabase(serverOptions, options.recoverable ?? false).then((opened) => {
    cleanup.add('database', () => opened.close());
    part('PostgreSQL');
    return opened;
  });
  // Both are waited for, also when one fails: what is half started could not be closed.
  const [synthesised, started] = await Promise.allSettled([synthesis, starting]);
  if (synthesised.status === 'rejected') throw synthesised.reason;
  if (started.status === 'rejected') throw started.reason;
  const { server, port, recoverable } = started.value;

  const cachePort = await takePort();
  const assembly = loadAssembly(assemblyFolder, {
    account: ACCOUNT,
    region: REGION,
    attribute: attributesOf({ host: server.host, port }, { host: '127.0.0.1', port: cachePort }),
  });
  requireBlueGreen(assembly, options.environment);
  const database = await openDatabase(server, assembly, port);
  cleanup.add('snapshots', () => database.snapshots.close());
  const instances = recoverable && (await openInstances(recoverable, database, assembly, serverOptions));
  if (instances) cleanup.add('restored databases', () => instances.close());
  const secret = secretsOf(assembly, database.secrets);
  const cache = await openCache(assembly, secret, { port: cachePort, onProcess: reaper.process });
  if (cache) {
    cleanup.add('cache', () => cache.close());
    part('cache');
  }
  const registry = new Registry(join(folder, 'images'));
  registry.open(assembly);
  cleanup.add('registry', () => registry.close());

  const fleets = new Fleets({
    assembly,
    image: registry.resolve,
    secret,
    speed: options.speed,
    onProcess: reaper.process,
  });
  cleanup.add('fleets', () => fleets.close());
  fleets.on('event', (event) => emit({ type: 'fleet', ...event }));
  const edge = await openEdge({ ...options, assembly, fleets, port: options.edgePort, onLog: log('edge') });
  cleanup.add('edge', () => edge.close());
  const routeOf = (puts: readonly { key: string; value: string }[]): Route | undefined => {
    const value = puts.find(({ key }) => key === ROUTE_KEY)?.value;
    return value === undefined ? undefined : parseRoute(value);
  };
  edge.store.on('write', ({ puts }) => {
    const route = routeOf(puts);
    if (route) emit({ type: 'route', route });
  });
  edge.store.on('arrival', ({ location, write }) => {
    const route = routeOf(write.puts);
    if (route) emit({ type: 'arrival', location, route });
  });
  part('edge');

  const settings = settingsOf(assembly);
  let endpoint = '';
  let console: OpenedConsole | undefined;
  const issuer = hasConsole(assembly) ? await openIssuer(settings, () => console?.url ?? '') : undefined;
  if (issuer) cleanup.add('identity provider', () => issuer.close());
  const functions = new FunctionPool({
    assembly,
    endpoint: () => endpoint,
    edge: { host: new URL(settings.EDGE_URL as string).host, target: edge.edge.url },
    onLog: (name, line) => emit({ type: 'log', source: name, line }),
    env: {
      ...(issuer && { CONSOLE_ISSUER: issuer.url, CONSOLE_CLIENT_ID: CLIENT_ID }),
      ...(options.settleMs !== undefined && { EDGE_SETTLE_MS: String(options.settleMs) }),
    },
    // One for every function of the workflow: on Lambda they stay warm for minutes as well.
    warm: 24,
  });
  cleanup.add('functions', () => functions.close());
  const allows = policiesOf(assembly);
  const executions = new Executions({ assembly, functions, speed: options.speed, allows });
  cleanup.add('executions', () => executions.close());
  const simple = await simpleModels({
    assembly,
    functions,
    bucketsDir: join(folder, 'buckets'),
    doorUrl: () => endpoint,
    secrets: secret,
    images: registry.images,
    speed: options.speed,
    allows,
  });
  cleanup.add('models', () => simple.close());
  const models: CloudModel = {
    ...simple.models,
    ...fleets.models,
    ...edge.models,
    ...database.models,
    ...(instances && { rds: { ...database.models.rds, ...instances.model } }),
    sfn: executions.model,
  };
  const door = await startDoor({
    models,
    principals: principalsOf(assembly),
    functions,
    allows,
    account: ACCOUNT,
    region: REGION,
    onCall: ({ service, operation, principal, error }) => {
      if (!error?.startsWith('AccessDenied')) return;
      emit({ type: 'problem', source: principal.name, message: `${service}.${operation}: ${error}` });
    },
  });
  cleanup.add('door', () => door.close());
  endpoint = door.url;
  executions.on('state', (event) =>
    emit({
      type: 'state',
      release: event.execution.split(':').at(-1) ?? '',
      state: event.name,
      what: event.type,
      error: event.error,
      cause: event.cause,
      ms: event.ms,
    }),
  );
  for (const events of [executions, simple.events]) {
    events.on('problem', ({ source, error }: { source: string; error: Error }) =>
      emit({ type: 'problem', source, message: `${error.name}: ${error.message}` }),
    );
  }
  simple.events.on('notification', ({ subject, message }) => {
    const { id = '' } = JSON.parse(message) as { id?: string };
    emit({ type: 'notification', id, subject: subject ?? '' });
  });
  part('stand-in of AWS');

  if (issuer) {
    console = await openConsole({
      assembly,
      functions,
      issuer,
      port: options.consolePort,
      addresses: { [settings.EDGE_URL as string]: edge.edge.url },
      onProblem: (message) => emit({ type: 'problem', source: 'console', message }),
    });
    cleanup.add('console', () => console?.close() ?? Promise.resolve());
  }

  await registerFirstRevisions(assembly, functions);
  fleets.startServices();
  const ledger = new Ledger(simple.dynamodbUrl, settings.LEDGER_TABLE as string);
  cleanup.add('ledger', () => ledger.close());
  part('fleets');
  return {
    assembly,
    fleets,
    edge,
    database,
    instances,
    functions,
    executions,
    models,
    registry,
    ledger,
    console,
    secret,
    settings,
    endpoint,
  };
}

/** A server, and the port that the application gets. */
async function startDatabase(options: DatabaseServerOptions, recoverable: boolean) {
  if (recoverable) {
    const opened = await startRecoverable(options);
    return { server: opened.server, port: opened.relay.port, recoverable: opened, close: () => opened.close() };
  }
  const server = await DatabaseServer.start(options);
  return { server, port: server.port, recoverable: undefined, close: () => server.close() };
}

/** The variables of the workflow's functions together: each has those that it reads. */
function settingsOf(assembly: Assembly): Readonly<Record<string, string>> {
  const workflow = assembly
    .resources('AWS::Lambda::Function')
    .filter(({ properties }) => properties.Environment?.Variables?.STATE_MACHINE_ARN);
  if (workflow.length === 0) throw new Error('no function of the assembly belongs to a release workflow');
  return Object.assign({}, ...workflow.map(({ properties }) => properties.Environment.Variables));
}

function requireBlueGreen(assembly: Assembly, environment: string): void {
  if (assembly.resources('AWS::CloudFront::KeyValueStore').length > 0) return;
  throw new Error(`environment "${environment}" has one fleet and no route; the local mode plays blue/green ones`);
}
