import { createRequire } from 'node:module';
import type { Verb } from '../verb';

/** In the order of the help: reading first, then a release's life, then what operators do. */
export const VERB_NAMES = [
  'status',
  'history',
  'watch',
  'verify',
  'plan',
  'record',
  'publish',
  'release',
  'preview',
  'approve',
  'reject',
  'cancel',
  'revert',
  'resume',
  'freeze',
  'unfreeze',
  'maintenance',
  'migrate',
  'doctor',
  'restore',
  'relocate',
] as const;
type VerbName = (typeof VERB_NAMES)[number];

const load = createRequire(__filename);

/** The verb, out of the file of its name. It is loaded only now: a call of the command line needs one of them. */
export function verbOf(name: VerbName): Verb {
  return (load(`./${name}`) as Readonly<Record<VerbName, Verb>>)[name];
}

/** Whether a text names a verb. */
export function isVerb(text: string | undefined): text is VerbName {
  return (VERB_NAMES as readonly (string | undefined)[]).includes(text);
}
