import type { Changeset } from './changelog';
import type { Database } from './database';
import type { JournalEntry } from './journal';
import { POSTGRES } from './postgres/engine';
import type { Run } from './run';
import type { Statement } from './split';

/** The engines as Liquibase names them: `dbms:mariadb` in a changelog. */
export type EngineName = 'postgresql' | 'mysql' | 'mariadb';

/** Everything in which the engines differ for those who read the history, lock, and run changesets. */
export interface Engine {
  readonly name: EngineName;
  /** The statements that Liquibase 4.28.0 makes its tables with, and the one of our journal. */
  readonly tables: {
    readonly history: string;
    readonly lock: string;
    readonly lockRow: string;
    readonly journal: string;
  };
  quoted(identifier: string): string;
  /** A value as a literal for people to paste. */
  literal(text: string): string;
  /** SQL for a time as text. */
  timeText(expression: string): string;
  /** SQL for whole seconds since a time of the database's clock. */
  secondsSince(expression: string): string;
  /** SQL that compares a column with a parameter, character by character. */
  same(column: string, parameter: string): string;
  /** End of an INSERT that replaces the given columns of a row with this key. */
  onDuplicate(key: readonly string[], columns: readonly string[]): string;
  /** The name of a table of ours wherever a changeset has led the session. */
  ownTable(database: Database, name: string): string;
  tableExists(database: Database, name: string): Promise<boolean>;
  /** Whether a precondition's table or view exists; names as Liquibase looks them up. */
  relationExists(database: Database, kind: 'table' | 'view', name: string, schema?: string): Promise<boolean>;
  /** The lock that dies with its session. */
  readonly sessionLock: {
    /** Never waits. `shared`: this very session held it before, so that others work in it as well. */
    take(database: Database): Promise<'taken' | 'held' | 'shared'>;
    release(database: Database): Promise<void>;
    /** Who holds it, and for how many seconds that session has been at work. */
    holder(database: Database): Promise<{ session?: number; seconds?: number }>;
    /** The statement that ends a session. */
    endSession(session: number | string): string;
  };
  /** Limits the next statements: how long they may run, and how long they may wait for a lock. Milliseconds; 0 is no limit. */
  limitStatements(database: Database, runMs: number, lockMs: number): Promise<void>;
  /** Whether a changeset sets such limits itself. */
  limitsItself(sql: string): boolean;
  /** Takes back what a changeset set for the session. */
  resetSession(database: Database): Promise<void>;
  /** What a changeset may not contain, because the runner does it: the words, or undefined. */
  refusedWord(sql: string): string | undefined;
  /** Whether these statements and the changeset's row can be one transaction. */
  fitsTransaction(database: Database, statements: readonly Statement[]): Promise<boolean>;
  /** Whether a statement may be asked in a read-only transaction: some would end it and write. */
  isQuery(sql: string): boolean;
  /** Running statements one by one beside the journal. */
  readonly journaled: JournaledStatements;
}

/** How an engine runs statements that do not share a transaction with their changeset's row. */
export interface JournaledStatements {
  /** Whether a statement only prepares the session, so that it is sent again whenever its changeset is continued. */
  preparesSession(sql: string): boolean;
  /** Whether what comes after a finished statement may need what it left in its session, which is gone when the run is continued. */
  leavesSessionState(sql: string): boolean;
  /** Sends a statement and writes its entry, so that a later run can tell how far it came. */
  run(run: Run, changeset: Changeset, statement: Statement, entry: JournalEntry): Promise<void>;
  /** Whether a statement took effect that was begun and not finished; undefined when nothing tells. */
  tookEffect(run: Run, statement: Statement, entry: JournalEntry): Promise<boolean | undefined>;
}

/** The engine behind a connection; a client of `pg` is PostgreSQL. */
export function engineOf(database: Database): Engine {
  return database.engine ?? POSTGRES;
}
