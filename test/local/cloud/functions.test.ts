import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FunctionPool } from '../../../local/cloud';
import { fixtureAssembly, fixtureFunction, fixtureRole, REGION } from '../fixtures/assembly';

const CODE = {
  echo: 'let calls = 0; exports.handler = async (event, context) => ({ event, calls: ++calls, name: context.functionName, arn: context.invokedFunctionArn });',
  env: 'exports.handler = async () => process.env;',
  fails:
    "exports.handler = async () => { const error = new TypeError('no such color'); error.name = 'RouteConflict'; throw error; };",
  text: "exports.handler = async () => { throw 'just text'; };",
  slow: 'exports.handler = () => new Promise((resolve) => setTimeout(resolve, 60000));',
  exits: 'exports.handler = async ({ code }) => process.exit(code);',
  leaks:
    "exports.handler = async () => { setTimeout(() => Promise.reject(new Error('nobody waits')), 1); await new Promise((r) => setTimeout(r, 5000)); };",
  broken: "throw new Error('cannot start');",
  missing: 'exports.other = 1;',
  nothing: 'exports.handler = async () => undefined;',
  logs: "exports.handler = async () => { console.log('first\\nsecond'); console.error('third'); };",
  fetches:
    'exports.handler = async ({ url, options }) => { const r = await fetch(url, options); return { status: r.status, body: await r.text(), url: r.url }; };',
  resolves:
    "const dns = require('node:dns'); exports.handler = () => new Promise((resolve, reject) => dns.lookup('111.localhost', (e, address) => (e ? reject(e) : resolve(address))));",
} as const;

const fixture = fixtureAssembly(
  {
    release: {
      Resources: {
        Role: fixtureRole(),
        ...Object.fromEntries(
          Object.keys(CODE).map((name) => [name, fixtureFunction(name, { Timeout: name === 'slow' ? 1 : 20 })]),
        ),
        Table: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: 'ledger' } },
        env: fixtureFunction('env', {
          Environment: { Variables: { LEDGER_TABLE: { Ref: 'Table' } } },
          MemorySize: 256,
        }),
      },
    },
  },
  Object.fromEntries(Object.entries(CODE).map(([name, text]) => [`${name}/index.js`, text])),
);

const lines: string[] = [];
const heard: Pick<IncomingMessage, 'url' | 'headers' | 'method'>[] = [];
let edge: Server;
let pool: FunctionPool;

beforeAll(async () => {
  edge = createServer((request, response) => {
    heard.push(request);
    if (request.url === '/moved') response.writeHead(302, { location: '/elsewhere' }).end();
    else response.writeHead(200).end('from the edge');
  });
  await new Promise<void>((resolve) => edge.listen(0, '127.0.0.1', resolve));
  pool = new FunctionPool({
    assembly: fixture.assembly,
    endpoint: () => 'http://127.0.0.1:4711',
    edge: { host: 'd1.cloudfront.net', target: `http://127.0.0.1:${(edge.address() as AddressInfo).port}` },
    onLog: (name, line) => lines.push(`${name}: ${line}`),
    env: { EXTRA: 'given' },
    warm: 2,
  });
});
afterAll(async () => {
  await pool.close();
  edge.close();
  fixture.remove();
});

test('a function gets its event and context, and its worker is used again', async () => {
  const first = await pool.invoke('echo', { a: 1 });
  const arn = `arn:aws:lambda:${REGION}:111122223333:function:echo`;
  expect(first).toEqual({ event: { a: 1 }, calls: 1, name: 'echo', arn });
  expect(await pool.invoke(arn, null)).toMatchObject({ event: null, calls: 2 });
});

test('invocations at the same time have workers of their own', async () => {
  const results = await Promise.all([pool.invoke('nothing', 1), pool.invoke('nothing', 2), pool.invoke('nothing', 3)]);
  expect(results).toEqual([null, null, null]);
});

test("the environment is the template's, resolved, with what Lambda adds, and nothing of this process", async () => {
  const env = (await pool.invoke('env', {})) as Record<string, string>;
  expect(env).toMatchObject({
    LEDGER_TABLE: 'ledger',
    EXTRA: 'given',
    AWS_REGION: REGION,
    AWS_LAMBDA_FUNCTION_NAME: 'env',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
    AWS_ACCESS_KEY_ID: 'env',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:4711',
    AWS_ENDPOINT_URL_CLOUDFRONT_KEYVALUESTORE: 'http://localhost:4711',
  });
  expect(env).not.toHaveProperty('PATH');
});

test.each([
  ['fails', {}, { name: 'RouteConflict', message: 'no such color' }],
  ['text', {}, { name: 'string', message: 'just text' }],
  ['slow', {}, { name: 'Sandbox.Timedout', message: expect.stringMatching(/Task timed out after 1.00 seconds$/) }],
  ['exits', { code: 3 }, { name: 'Runtime.ExitError', message: expect.stringMatching(/exit status 3$/) }],
  ['exits', { code: 0 }, { name: 'Runtime.ExitError', message: expect.stringMatching(/without providing a reason$/) }],
  ['leaks', {}, { name: 'Runtime.UnhandledPromiseRejection', message: 'nobody waits' }],
  ['broken', {}, { name: 'Error', message: 'cannot start' }],
  ['missing', {}, { name: 'Runtime.HandlerNotFound', message: expect.stringContaining('index.handler') }],
])('%s %j fails as Lambda reports it', async (name, event, expected) => {
  await expect(pool.invoke(name, event)).rejects.toMatchObject(expected);
});

test('after a worker has gone, the next invocation gets a new one', async () => {
  await expect(pool.invoke('exits', { code: 1 })).rejects.toThrow();
  await expect(pool.invoke('exits', { code: 2 })).rejects.toThrow(/exit status 2/);
});

test('a function can be killed while it runs, and runs again afterwards', async () => {
  const running = pool.invoke('leaks', {}).catch((error: unknown) => error);
  await pool.kill('leaks');
  expect(await running).toMatchObject({ name: 'Runtime.ExitError' });
  await pool.kill('echo');
  expect(await pool.invoke('echo', 'alive')).toMatchObject({ event: 'alive' });
});

test('an unknown function is said to be unknown', async () => {
  await expect(pool.invoke('nobody', {})).rejects.toThrow(/no AWS::Lambda::Function that fits; there are .*echo/);
});

test('console output comes line by line', async () => {
  await pool.invoke('logs', {});
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(lines).toEqual(expect.arrayContaining(['logs: first', 'logs: second', 'logs: third']));
});

test("the function's fetch of the edge's host arrives at the local edge, redirects too", async () => {
  const options = { method: 'POST', headers: { 'x-greenroom-preview': 'secret' }, body: 'a' };
  const direct = await pool.invoke('fetches', { url: 'https://d1.cloudfront.net/readyz?x=1', options });
  expect(direct).toEqual({ status: 200, body: 'from the edge', url: 'https://d1.cloudfront.net/readyz?x=1' });
  expect(heard.at(-1)).toMatchObject({ method: 'POST', url: '/readyz?x=1' });
  expect(heard.at(-1)?.headers).toMatchObject({ host: 'd1.cloudfront.net', 'x-greenroom-preview': 'secret' });

  const moved = await pool.invoke('fetches', { url: 'https://d1.cloudfront.net/moved' });
  expect(moved).toMatchObject({ status: 200, url: 'https://d1.cloudfront.net/elsewhere' });
});

test('fetches of any other origin are left alone', async () => {
  const { port } = edge.address() as AddressInfo;
  await pool.invoke('fetches', { url: `http://127.0.0.1:${port}/else` });
  expect(heard.at(-1)?.headers.host).toBe(`127.0.0.1:${port}`);
});

test("the KeyValueStore client's host names resolve to loopback", async () => {
  expect(await pool.invoke('resolves', {})).toBe('127.0.0.1');
});

test('closing ends invocations under way, and no new one starts', async () => {
  const closing = new FunctionPool({
    assembly: fixture.assembly,
    endpoint: 'http://127.0.0.1:4711',
    edge: { host: 'd1.cloudfront.net', target: 'http://127.0.0.1:9' },
  });
  const running = closing.invoke('leaks', {});
  const outcome = expect(running).rejects.toMatchObject({ name: expect.stringMatching(/^Runtime/) });
  await closing.close();
  await outcome;
  await expect(closing.invoke('echo', {})).rejects.toThrow('closed');
});
