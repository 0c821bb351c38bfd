import type { Database } from '../../lambda/migrator/database';
import { engineOf } from '../../lambda/migrator/engine';
import { lockRow } from '../../lambda/migrator/lock';

/** That nobody holds the session lock nor the row of DATABASECHANGELOGLOCK, as another session sees it. */
export async function expectFreeLocks(other: Database): Promise<void> {
  const { session } = await engineOf(other).sessionLock.holder(other);
  expect({ row: await lockRow(other), session }).toEqual({ row: undefined, session: undefined });
}
