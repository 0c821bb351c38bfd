import { buildSync } from 'esbuild';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { madeOf, storeOnce } from './bundle-cache';

const ROOT = join(__dirname, '..', '..');

const DOCKERFILE = `# The migrator as a task; made by cdk deploy.
FROM node:24-alpine
RUN apk upgrade --no-cache \\
  && rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn* /usr/local/bin/yarn*
WORKDIR /app
COPY index.js ./
ENV NODE_ENV=production
USER 1000:1000
CMD ["node", "index.js"]
`;

/**
 * The folder that the image of the migrator's task is built from: the entry point in one file, and a Dockerfile. Unlike a
 * function, a task gets its credentials over HTTP: the SDK's own chain stays in.
 */
export function taskDirectory(): string {
  return (made ??= makeDirectory());
}

/** The same for all environments of a synthesis. */
let made: string | undefined;

function makeDirectory(): string {
  return madeOf(__filename, () => ({ task: bundle() })).task as string;
}

function bundle(): string {
  const [built] = buildSync({
    absWorkingDir: ROOT,
    entryPoints: [join(ROOT, 'lambda', 'migrate', 'task.ts')],
    outfile: 'index.js',
    write: false,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    mainFields: ['module', 'main'],
    alias: { 'iconv-lite': join(ROOT, 'lambda', 'migrator', 'mysql', 'encodings.ts') },
    external: ['pg-native'],
    legalComments: 'none',
    logLevel: 'error',
  }).outputFiles;
  if (built === undefined) throw new Error('lambda/migrate/task.ts was not bundled');
  const hash = createHash('sha256').update(built.contents).update(DOCKERFILE).digest('hex').slice(0, 32);
  return storeOnce(hash, (draft) => {
    writeFileSync(join(draft, 'index.js'), built.contents);
    writeFileSync(join(draft, 'Dockerfile'), DOCKERFILE);
  });
}
