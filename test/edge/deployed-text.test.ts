import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EDGE_NAMES, ROUTE_KEY, seedRoute } from '../../lambda/domain/route';
import { viewerRequestCode } from '../../lib/constructs/edge-function';
import { WRITER } from './routes';
import { viewerEvent } from './runtime';

const text = viewerRequestCode(['/livez', '/readyz']);

it('fits into half of what the service takes', () => {
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(5 * 1024);
});

it('imports the module of the runtime in its first line and keeps the name that the runtime calls', () => {
  expect(text.split('\n')[0]).toBe("import cf from 'cloudfront';");
  expect(text).toMatch(/\basync function handler\(/);
});

it('uses the names that the rest of Greenroom uses', () => {
  const whole = [EDGE_NAMES.releaseHeader, EDGE_NAMES.colorHeader, EDGE_NAMES.previewHeader, EDGE_NAMES.previewCookie];
  for (const name of [...whole, EDGE_NAMES.probePath, EDGE_NAMES.epochHeader, EDGE_NAMES.previewPath, ROUTE_KEY]) {
    expect(text).toContain(`"${name}"`);
  }
});

it.each([
  [['/health/', '/Ready'], '["/health","/ready"]'],
  [['/livez', '/livez'], '["/livez"]'],
  [['/', '/readyz'], '["/readyz"]'],
])('closes the configured health paths %j, but never the front page', (paths, written) => {
  expect(viewerRequestCode(paths)).toContain(`=${written};`);
});

const njs = spawnSync('njs', ['-v']).status === 0;
// njs is the engine below the runtime: what it cannot parse would fail at deployment. The package `njs` of Debian has it.
(njs ? it : it.skip)('runs in njs', () => {
  const directory = mkdtempSync(join(tmpdir(), 'greenroom-njs-'));
  try {
    const stub = `const cf={kvs:function(){return{get:async function(){return ${JSON.stringify(seedRoute(WRITER))}}}},selectRequestOriginById:function(id){console.log('origin '+id)}};`;
    const call = `handler(${JSON.stringify(viewerEvent({ uri: '/a%20b/..;x/c' }))}).then(function(r){console.log(r.uri)});`;
    const file = join(directory, 'function.js');
    writeFileSync(file, `${text.replace("import cf from 'cloudfront';", stub)}\n${call}\n`);
    const output = execFileSync('njs', [file], { encoding: 'utf8' });
    expect(output).toContain('origin blue');
    expect(output).toContain('/a%20b/..;x/c');
  } finally {
    rmSync(directory, { recursive: true });
  }
});
