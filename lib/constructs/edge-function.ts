import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';

const SOURCE = join(__dirname, '..', '..', 'lambda', 'edge', 'viewer-request.js');
const IMPORT = "import cf from 'cloudfront';\n";
const HEALTH_PATHS = "const HEALTH_PATHS = ['/livez', '/readyz'];\n";
/** The service takes 10 KB; half of it is the room that we give ourselves. */
const MAX_BYTES = 5 * 1024;

/**
 * The text of the viewer-request function as it is deployed: the configured health paths put in, comments and long
 * names taken out. Syntax is left as it is, since the runtime knows only part of the language.
 *
 * @param healthPaths paths that viewers do not see. The site's own root is never closed.
 * @throws Error when the function grew beyond 5 KB.
 */
export function viewerRequestCode(healthPaths: readonly string[]): string {
  const source = readFileSync(SOURCE, 'utf8');
  const closed = [...new Set(healthPaths.map(plainPath))].filter((path) => path !== '/');
  const configured = replaceOnce(source, HEALTH_PATHS, `const HEALTH_PATHS = ${JSON.stringify(closed)};\n`);
  // Without its import the text is a script to esbuild, which keeps the names of a script's top level: `handler` is one.
  const { code } = transformSync(replaceOnce(configured, IMPORT, ''), {
    minifyWhitespace: true,
    minifyIdentifiers: true,
    minifySyntax: false,
    legalComments: 'none',
    charset: 'utf8',
  });
  const text = IMPORT + code;
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BYTES) throw new Error(`lambda/edge/viewer-request.js has ${bytes} bytes, at most ${MAX_BYTES}`);
  return text;
}

/** Spells a configured path as the function spells the path of a request before it compares. */
function plainPath(path: string): string {
  return `/${path.split('/').filter(Boolean).join('/').toLowerCase()}`;
}

function replaceOnce(source: string, what: string, by: string): string {
  if (source.split(what).length !== 2) throw new Error(`lambda/edge/viewer-request.js must hold once: ${what.trim()}`);
  return source.replace(what, () => by);
}
