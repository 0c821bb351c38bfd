import { Code } from 'aws-cdk-lib/aws-lambda';
import { createHash } from 'node:crypto';
import { cpSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { storeOnce } from './bundle-cache';
import { bundleDirectory } from './handler-bundles';

/**
 * The bundled code of `lambda/<folder>/handler.ts`, SDK included, as `index.handler`.
 *
 * @param files text by name, to lie beside the code. @default - none
 * @throws Error when the folder has no handler.
 */
export function handlerCode(folder: string, files: Readonly<Record<string, string>> = {}): Code {
  const directory = bundleDirectory(folder);
  return Code.fromAsset(Object.keys(files).length === 0 ? directory : withFiles(directory, files));
}

/** A bundle with files of the configuration beside it. */
function withFiles(bundle: string, files: Readonly<Record<string, string>>): string {
  const hash = createHash('sha256').update(basename(bundle)).update(JSON.stringify(files)).digest('hex');
  return storeOnce(hash, (draft) => {
    cpSync(bundle, draft, { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(draft, name), text);
  });
}
