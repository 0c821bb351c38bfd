import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliError } from './exit';

/** What a running local mode tells of itself in `.greenroom/local.json`. */
export interface LocalMode {
  /** URL that answers as AWS. */
  readonly endpoint: string;
  readonly region: string;
  readonly account: string;
  /** The one environment that it plays. */
  readonly environment: string;
  /** Where viewers find the application. */
  readonly url: string;
}

/** Access key id that the local mode knows its operator by; the secret is not looked at. */
export const LOCAL_CREDENTIALS = { accessKeyId: 'operator', secretAccessKey: 'local' } as const;

/** The local mode believes who somebody says they are: the key of `ann` makes its caller the user `ann`. */
export function localCredentials(by?: string): { readonly accessKeyId: string; readonly secretAccessKey: string } {
  if (by === undefined) return LOCAL_CREDENTIALS;
  const { accessKeyId, secretAccessKey } = LOCAL_CREDENTIALS;
  return { accessKeyId: `${accessKeyId}.${encodeURIComponent(by)}`, secretAccessKey };
}

const LOCAL_FILE = join(__dirname, '..', '.greenroom', 'local.json');

/** Reads what the running local mode wrote. @throws CliError when none runs. */
export function readLocalMode(file = LOCAL_FILE): LocalMode {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new CliError(`no local mode runs here (${file} does not exist): start it with "npm start"`);
  }
  const local = parse(text);
  for (const member of ['endpoint', 'region', 'account', 'environment', 'url'] as const) {
    if (typeof local?.[member] !== 'string') {
      throw new CliError(`${file} has no "${member}": end the local mode, start it again with "npm start"`);
    }
  }
  return local as LocalMode;
}

function parse(text: string): Partial<LocalMode> | null {
  try {
    return JSON.parse(text) as Partial<LocalMode> | null;
  } catch {
    return null;
  }
}
