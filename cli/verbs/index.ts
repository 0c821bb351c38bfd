import type { Verb } from '../verb';
import { approve } from './approve';
import { cancel } from './cancel';
import { freeze } from './freeze';
import { history } from './history';
import { migrate } from './migrate';
import { preview } from './preview';
import { publish } from './publish';
import { reject } from './reject';
import { release } from './release';
import { resume } from './resume';
import { revert } from './revert';
import { status } from './status';
import { unfreeze } from './unfreeze';
import { watch } from './watch';

/** In the order of the help: reading first, then a release's life, then what operators do. */
export const VERBS: readonly Verb[] = [
  status,
  history,
  watch,
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
  migrate,
];
