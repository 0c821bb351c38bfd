export { openDatabase, type OpenedDatabase } from './open';
export { DatabaseServer } from './server';
export type { DatabaseServerOptions } from './server';
export type { Instances } from './instances';
export { openInstances, startRecoverable } from './recoverable';
export { Snapshots } from './snapshots';
