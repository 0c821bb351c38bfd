// The Lambda runtime of the local mode: one worker thread, one function. Plain JavaScript, so that a worker needs no
// TypeScript loader. It stands in for AWS only outside the handler: endpoints, name resolution, the edge's address.
'use strict';
const { parentPort, workerData } = require('node:worker_threads');
const dns = require('node:dns');
const { join } = require('node:path');
const { existsSync } = require('node:fs');
const { pathToFileURL } = require('node:url');

const { directory, handler: handlerName, edge, functionName, functionArn, memory } = workerData;

// The KeyValueStore client puts the account id in front of the endpoint's host; nothing else here ends in .localhost.
const lookup = dns.lookup;
dns.lookup = (host, ...rest) => lookup(host.endsWith('.localhost') ? '127.0.0.1' : host, ...rest);

redirectFetch(edge);
process.on('unhandledRejection', (reason) => fatal('Runtime.UnhandledPromiseRejection', reason));
process.on('uncaughtException', (error) => fatal(undefined, error));

const loading = loadHandler();
// A failed import is reported by the first invocation that waits for it.
loading.catch(() => undefined);
parentPort.on('message', (message) => void invoke(message));

async function invoke({ id, alias, payload, deadline }) {
  let handler;
  try {
    handler = await loading;
  } catch (error) {
    return post({ id, error: describe(error, error.lambdaType) });
  }
  try {
    const context = {
      functionName,
      invokedFunctionArn: alias ? `${functionArn}:${alias}` : functionArn,
      functionVersion: '$LATEST',
      memoryLimitInMB: String(memory),
      awsRequestId: id,
      callbackWaitsForEmptyEventLoop: true,
      getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    };
    const result = await handler(JSON.parse(payload), context);
    post({ id, result: JSON.stringify(result === undefined ? null : result) });
  } catch (error) {
    post({ id, error: describe(error) });
  }
}

async function loadHandler() {
  const [file, exported] = handlerName.split('.');
  const found = ['js', 'cjs', 'mjs'].map((end) => join(directory, `${file}.${end}`)).find(existsSync);
  if (!found) throw typed('Runtime.ImportModuleError', `Error: Cannot find module '${file}' in ${directory}`);
  let loaded;
  try {
    loaded = found.endsWith('.mjs') ? await import(pathToFileURL(found).href) : require(found);
  } catch (error) {
    error.lambdaType = error.code === 'MODULE_NOT_FOUND' ? 'Runtime.ImportModuleError' : undefined;
    throw error;
  }
  const handler = loaded[exported];
  if (typeof handler !== 'function')
    throw typed('Runtime.HandlerNotFound', `${handlerName} is undefined or not exported`);
  return handler;
}

function typed(lambdaType, message) {
  return Object.assign(new Error(message), { lambdaType });
}

/** An error as Lambda reports it. */
function describe(error, type) {
  if (!(error instanceof Error)) return { errorType: type ?? typeof error, errorMessage: String(error), trace: [] };
  return { errorType: type ?? error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}

/** What nobody catches ends the runtime; Lambda then answers all that is under way with it. */
function fatal(type, error) {
  post({ fatal: describe(error, type) });
  process.exit(129);
}

function post(message) {
  parentPort.postMessage(message);
}

/**
 * Sends requests of the global fetch for `https://<edge host>` to the local edge. Node loads its own undici with the
 * first request, so the dispatcher is wrapped then.
 */
function redirectFetch({ host, target }) {
  const real = globalThis.fetch;
  let installed;
  globalThis.fetch = async (...args) => {
    installed ??= real('data:,').then(() => {
      const key = Symbol.for('undici.globalDispatcher.1');
      const inner = globalThis[key];
      const wrapped = Object.create(inner);
      wrapped.dispatch = (options, handler) =>
        String(options.origin) === `https://${host}`
          ? inner.dispatch({ ...options, origin: target, headers: withHost(options.headers, host) }, handler)
          : inner.dispatch(options, handler);
      globalThis[key] = wrapped;
    });
    await installed;
    return real(...args);
  };
}

function withHost(headers, host) {
  return Array.isArray(headers) ? [...headers, 'host', host] : { ...headers, host };
}
