import { ReleaseError } from './errors';
import type { InstanceNames } from './restore';

/** An instance as RDS reports it under one of the three identifiers. */
export interface InstanceView {
  /** Immutable, whatever the instance is called. */
  readonly resource: string;
  readonly status: string;
  /** Whether nobody reaches it: its security group lets nobody in. */
  readonly fenced: boolean;
}

/** Who is called what at the moment; null where no instance has the name. */
export type InstanceViews = Readonly<Record<keyof InstanceNames, InstanceView | null>>;

/** The two instances of a restore by resource id. */
export interface SwitchedPair {
  readonly old: string;
  readonly restored: string;
}

/** What to do next. Each act is one call, and safe to repeat: names are looked at again before every one. */
export type SwitchAct =
  | { readonly act: 'done' }
  | { readonly act: 'wait'; readonly reason: string }
  | {
      readonly act: 'rename';
      readonly from: keyof InstanceNames;
      readonly to: keyof InstanceNames;
      readonly fence?: boolean;
    }
  | { readonly act: 'unfence' }
  /** Nothing here fits: a person renamed or deleted one of them. */
  | { readonly act: 'lost'; readonly reason: string };

/**
 * The next act towards: the restored instance has the application's name, the old one another, and nobody reaches the
 * old one. RDS moves the endpoint with the name, but resolvers remember the old address for a while: what they still
 * lead to must not take writes.
 */
export function nextSwitch(views: InstanceViews, { old, restored }: SwitchedPair): SwitchAct {
  const { main, before } = views;
  if (main?.resource === restored) return ready(main) ? DONE : wait('main', main);
  if (main?.resource === old) {
    return ready(main) ? { act: 'rename', from: 'main', to: 'before', fence: true } : wait('main', main);
  }
  if (main !== null) return stranger('main', main);
  if (before === null) return { act: 'wait', reason: 'the old instance is being renamed' };
  if (before.resource !== old) return stranger('before', before);
  const next = views.restored;
  if (next === null) return { act: 'wait', reason: 'the restored instance is being renamed' };
  if (next.resource !== restored) return stranger('restored', next);
  return ready(next) ? { act: 'rename', from: 'restored', to: 'main' } : wait('restored', next);
}

/** The next act towards: the old instance has the application's name and is open again. */
export function nextReturn(views: InstanceViews, { old, restored }: SwitchedPair): SwitchAct {
  const { main, before } = views;
  if (main?.resource === old) {
    if (!ready(main)) return wait('main', main);
    return main.fenced ? { act: 'unfence' } : DONE;
  }
  if (main?.resource === restored) {
    return ready(main) ? { act: 'rename', from: 'main', to: 'restored' } : wait('main', main);
  }
  if (main !== null) return stranger('main', main);
  if (before === null) return { act: 'wait', reason: 'the old instance is being renamed' };
  if (before.resource !== old) return stranger('before', before);
  if (!ready(before)) return wait('before', before);
  // Under none of its names, the restored one is on its way to the application's.
  if (views.restored === null) return { act: 'wait', reason: 'the restored instance is being renamed' };
  return { act: 'rename', from: 'before', to: 'main' };
}

/** States that an instance does not leave by waiting. */
const STUCK = /fail|incompatible|inaccessible|storage-full|stop|error|delet|insufficient/;

/**
 * RDS renames instances that are available, and no others: what would fail behind a shut edge is refused before.
 *
 * @throws ReleaseError RestoreFailed naming the state
 */
export function requireRenamable(main: { readonly DBInstanceIdentifier?: string; readonly DBInstanceStatus?: string }) {
  const { DBInstanceIdentifier: name, DBInstanceStatus: status = 'unknown' } = main;
  if (!STUCK.test(status)) return;
  throw new ReleaseError(
    'RestoreFailed',
    `${name} is ${status}, and RDS gives only an available instance another name: mend that first (storage-full: more storage; stopped: start it; inaccessible-encryption-credentials: enable its key), or rename nothing and restore beside it by hand (docs/disasters.md, "Rows from long ago")`,
  );
}

const DONE: SwitchAct = { act: 'done' };

const ready = ({ status }: InstanceView) => status === 'available' || status === 'storage-optimization';

const wait = (name: keyof InstanceNames, { status }: InstanceView): SwitchAct => ({
  act: 'wait',
  reason: `the instance under the name "${name}" is ${status}`,
});

const stranger = (name: keyof InstanceNames, { resource }: InstanceView): SwitchAct => ({
  act: 'lost',
  reason: `under the name "${name}" there is ${resource}, which is neither the old nor the restored instance`,
});
