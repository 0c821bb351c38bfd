import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EDGE_NAMES, ROUTE_KEY, shiftTo } from '../../lambda/domain/route';
import { viewerRequestCode, viewerResponseCode } from '../../lib/constructs/edge-function';
import { after, WAITING } from './routes';
import { viewerEvent } from './runtime';

const text = viewerRequestCode(['/livez', '/readyz']);
const onResponse = viewerResponseCode();

it.each([
  ['viewer-request', text],
  ['viewer-response', onResponse],
])('%s fits into half of what the service takes', (_name, code) => {
  expect(Buffer.byteLength(code)).toBeLessThanOrEqual(5 * 1024);
});

it('imports the module of the runtime in its first line and keeps the name that the runtime calls', () => {
  expect(text.split('\n')[0]).toBe("import cf from 'cloudfront';");
  expect(text).toMatch(/\basync function handler\(/);
  expect(onResponse).toMatch(/\bfunction handler\(/);
});

it('uses the names that the rest of Greenroom uses', () => {
  const whole = [EDGE_NAMES.releaseHeader, EDGE_NAMES.colorHeader, EDGE_NAMES.previewHeader, EDGE_NAMES.previewCookie];
  for (const name of [
    ...whole,
    EDGE_NAMES.probePath,
    EDGE_NAMES.epochHeader,
    EDGE_NAMES.liveHeader,
    EDGE_NAMES.previewPath,
    ROUTE_KEY,
  ]) {
    expect(text).toContain(`"${name}"`);
  }
  for (const name of [EDGE_NAMES.lotHeader, EDGE_NAMES.lotCookie]) {
    expect(text).toContain(`"${name}"`);
    expect(onResponse).toContain(`"${name}"`);
  }
});

it.each([
  [['/health/', '/Ready'], '["/health","/ready"]'],
  [['/livez', '/livez'], '["/livez"]'],
  [['/', '/readyz'], '["/readyz"]'],
])('closes the configured health paths %j, but never the front page', (paths, written) => {
  expect(viewerRequestCode(paths)).toContain(`=${written},`);
});

it('knows the configured folders of assets as it reads paths', () => {
  expect(viewerRequestCode([], ['/Assets/', '/a/b/'])).toContain('=["/assets/","/a/b/"],');
});

it.each([[text], [onResponse]])('has nothing that came into the language after the runtime', (code) => {
  expect(code).not.toMatch(/\?\.[a-z([]|\?\?|\.\.\.|\bclass\b|\*\*|=>|\bfor\s*\([^;)]* of /);
});

const njs = spawnSync('njs', ['-v']).status === 0;
// njs is the engine below the runtime: what it cannot parse would fail at deployment. The package `njs` of Debian has it.
(njs ? it : it.skip)('runs in njs', () => {
  const directory = mkdtempSync(join(tmpdir(), 'greenroom-njs-'));
  try {
    const shifting = after(...WAITING, shiftTo('release-2', 50));
    const stub = () =>
      `const cf={kvs:function(){return{get:async function(){return ${JSON.stringify(shifting)}}}},selectRequestOriginById:function(id){console.log('origin '+id)},createRequestOriginGroup:function(g){console.log('group '+g.originIds[0].originId)}};`;
    const event = viewerEvent({ uri: '/a%20b/..;x/c' });
    const call = `handler(${JSON.stringify(event)}).then(function(r){console.log(r.uri)});`;
    const file = join(directory, 'function.js');
    writeFileSync(file, `${text.replace("import cf from 'cloudfront';", stub)}\n${call}\n`);
    const output = execFileSync('njs', [file], { encoding: 'utf8' });
    expect(output).toMatch(/origin (blue|green)/);
    expect(output).toContain('/a%20b/..;x/c');
  } finally {
    rmSync(directory, { recursive: true });
  }
});
