import { buildSync } from 'esbuild';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const CONSOLE = join(ROOT, 'console');

let built: Readonly<Record<string, string>> | undefined;

/**
 * The console's page, built: `index.html`, and a script and a style whose names hold the hash of their content. It takes
 * a tenth of a second, so that it is built in every synthesis and nothing has to be built before.
 */
export function pageFiles(): Readonly<Record<string, string>> {
  return (built ??= build());
}

function build(): Readonly<Record<string, string>> {
  const { outputFiles } = buildSync({
    absWorkingDir: ROOT,
    entryPoints: [join(CONSOLE, 'main.tsx')],
    outfile: 'page.js',
    write: false,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'error',
  });
  const files: Record<string, string> = {};
  const name = (extension: string): string => {
    const file = outputFiles.find(({ path }) => path.endsWith(`.${extension}`));
    if (file === undefined) throw new Error(`console/main.tsx gives no .${extension}`);
    const hashed = `page-${createHash('sha256').update(file.contents).digest('hex').slice(0, 16)}.${extension}`;
    files[hashed] = file.text;
    return `/assets/${hashed}`;
  };
  return { 'index.html': html(name('js'), name('css')), ...files };
}

function html(script: string, style: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>Greenroom</title>
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="${style}">
<script type="module" src="${script}"></script>
</head>
<body>
<noscript>The console needs JavaScript. The command line does the same: greenroom --help</noscript>
<div id="console"></div>
</body>
</html>
`;
}

/** Two curtains, one open. */
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='7' fill='%23126b4f'/%3E%3Cpath d='M7 8h18v2H7zM8 11h6c0 6-1 10-5 14H8zM24 11h-6c0 6 1 10 5 14h1z' fill='%23fff'/%3E%3C/svg%3E";
