import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';

const FOLDER = join(__dirname, '..', '..', 'lambda', 'edge');
const IMPORT = "import cf from 'cloudfront';\n";
const HEALTH_PATHS = "const HEALTH_PATHS = ['/livez', '/readyz'];\n";
const ASSET_PATHS = "const ASSET_PATHS = ['/assets/', '/static/'];\n";
/** The service takes 10 KB; half of it is the room that we give ourselves. */
const MAX_BYTES = 5 * 1024;

/**
 * The text of the viewer-request function as it is deployed, with the configured paths put in.
 *
 * @param healthPaths paths that viewers do not see. The site's own root is never closed.
 * @param assetPaths folders of files that only one version may know. @default '/assets/' and '/static/'
 * @throws Error when the function grew beyond 5 KB.
 */
export function viewerRequestCode(
  healthPaths: readonly string[],
  assetPaths: readonly string[] = ['/assets/', '/static/'],
): string {
  const source = readFileSync(join(FOLDER, 'viewer-request.js'), 'utf8');
  const closed = [...new Set(healthPaths.map(plainPath))].filter((path) => path !== '/');
  const folders = [...new Set(assetPaths.map((path) => `${plainPath(path)}/`))];
  const configured = replaceOnce(source, HEALTH_PATHS, `const HEALTH_PATHS = ${JSON.stringify(closed)};\n`);
  const whole = replaceOnce(configured, ASSET_PATHS, `const ASSET_PATHS = ${JSON.stringify(folders)};\n`);
  return checked('viewer-request.js', IMPORT + minified(replaceOnce(whole, IMPORT, '')));
}

/** The text of the viewer-response function as it is deployed. @throws Error when the function grew beyond 5 KB. */
export function viewerResponseCode(): string {
  const source = readFileSync(join(FOLDER, 'viewer-response.js'), 'utf8');
  return checked('viewer-response.js', minified(source));
}

/**
 * Comments and long names are taken out, and nothing newer put in: the runtime knows only part of the language. As a
 * module with an export, so that the names of its top level get short too; `handler` gets its own back.
 */
function minified(script: string): string {
  const { code } = transformSync(`${script}export { handler };\n`, {
    format: 'esm',
    target: 'es2017',
    minify: true,
    legalComments: 'none',
    charset: 'utf8',
  });
  const [exported = '', name = ''] = /export\{(\w+) as handler\};\n$/.exec(code) ?? [];
  return replaceOnce(code.replace(exported, ''), `function ${name}(`, 'function handler(');
}

function checked(file: string, text: string): string {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BYTES) throw new Error(`lambda/edge/${file} has ${bytes} bytes, at most ${MAX_BYTES}`);
  return text;
}

/** Spells a configured path as the function spells the path of a request before it compares. */
function plainPath(path: string): string {
  return `/${path.split('/').filter(Boolean).join('/').toLowerCase()}`;
}

function replaceOnce(source: string, what: string, by: string): string {
  if (source.split(what).length !== 2) throw new Error(`the edge function must hold once: ${what.trim()}`);
  return source.replace(what, () => by);
}
