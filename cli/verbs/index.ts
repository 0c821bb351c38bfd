import type { Verb } from '../verb';
import { approve } from './approve';
import { cancel } from './cancel';
import { doctor } from './doctor';
import { freeze } from './freeze';
import { history } from './history';
import { maintenance } from './maintenance';
import { migrate } from './migrate';
import { plan } from './plan';
import { preview } from './preview';
import { publish } from './publish';
import { record } from './record';
import { reject } from './reject';
import { release } from './release';
import { relocate } from './relocate';
import { resume } from './resume';
import { restore } from './restore';
import { revert } from './revert';
import { status } from './status';
import { unfreeze } from './unfreeze';
import { verify } from './verify';
import { watch } from './watch';

/** In the order of the help: reading first, then a release's life, then what operators do. */
export const VERBS: readonly Verb[] = [
  status,
  history,
  watch,
  verify,
  plan,
  record,
  publish,
  release,
  preview,
  approve,
  reject,
  cancel,
  revert,
  resume,
  freeze,
  unfreeze,
  maintenance,
  migrate,
  doctor,
  restore,
  relocate,
];
