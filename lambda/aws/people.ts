import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Person } from '../domain/people';
import { hasSetting, setting } from './settings';

/**
 * The people of the configuration; none when it lists nobody. They lie in a file beside the code, since a list of them
 * would outgrow what Lambda takes as environment variables.
 */
export function people(): readonly Person[] {
  if (!hasSetting('PEOPLE_FILE')) return [];
  const file = resolve(process.env.LAMBDA_TASK_ROOT ?? '.', setting('PEOPLE_FILE'));
  return JSON.parse(readFileSync(file, 'utf8')) as Person[];
}
