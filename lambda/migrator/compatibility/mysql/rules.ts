import { schemaStatement } from '../../mysql/objects';
import { statementKind } from '../../mysql/statement-kind';
import { executed, piecesOf } from '../../mysql/words';
import { contract, unsafe } from '../finding';
import type { Judgement } from '../finding';
import type { Scope } from '../scope';
import { judgeClause } from './alter-table';
import { Clause, clausesOf } from './clauses';

const WINDOW = 'do it in a maintenance window, and allow this rule';

/** Judges one statement of MySQL or MariaDB; what it makes is remembered as fresh in the scope. */
export function judgeMysqlStatement(sql: string, scope: Scope): Judgement[] {
  const statement = new Clause(piecesOf(executed(sql)));
  const verb = statement.words[0] ?? '';
  const objects = schemaStatement(sql)?.objects ?? [];
  const fresh = objects.length > 0 && objects.every(({ name }) => scope.fresh.has(name.toLowerCase()));
  switch (verb) {
    case 'create':
      return create(
        statement,
        scope,
        fresh,
        objects.map(({ name }) => name.toLowerCase()),
      );
    case 'alter':
      return fresh ? [] : alter(statement, scope);
    case 'drop':
      return fresh ? [] : drop(statement);
    case 'rename':
      if (fresh) return [];
      return [
        unsafe(
          'rename',
          'the old version uses the old name',
          'make the new one beside it, write both, copy, and drop the old one in a later release',
        ),
      ];
    case 'truncate':
      return fresh ? [] : [unsafe('truncate', 'all rows go, and the old version uses them', WINDOW)];
    case 'update':
    case 'delete':
      return write(statement, scope);
    case 'set':
      if (
        statement.words.includes('foreign_key_checks') &&
        statement.words.some((word) => word === '0' || word === 'off')
      ) {
        scope.unvalidated.add(UNCHECKED);
      }
      if (statement.words.some((word) => /^(global|persist|@@global.*|@@persist.*|password)$/.test(word)))
        return [unsafe('set-global', 'it changes the server for everybody', 'set it in the parameter group')];
      return [];
    case 'revoke':
      return [contract('revoke', 'the old version may need the privilege')];
    case 'optimize':
    case 'repair':
      return [unsafe('table-copy', 'the table is written anew', WINDOW)];
    case 'flush':
      return [unsafe('lock-table', 'FLUSH may close and lock tables of everybody', 'leave it out')];
  }
  if (statementKind(sql) === 'opaque' || verb === 'load') {
    return [
      unsafe(
        'opaque-code',
        `what ${verb.toUpperCase()} does cannot be seen here`,
        'write its statements, or allow this rule with the reason',
      ),
    ];
  }
  return [];
}

/** In the scope's set of a changeset: `foreign_key_checks` is off. */
const UNCHECKED = 'foreign_key_checks';

function create(statement: Clause, scope: Scope, fresh: boolean, names: readonly string[]): Judgement[] {
  const [, second, third] = statement.words;
  const kind = statement.words.find(
    (word, index) =>
      index > 0 &&
      /^(table|index|view|database|schema|procedure|function|trigger|event|sequence|user|role|server)$/.test(word),
  );
  if (kind === 'index') {
    if (fresh) return [];
    return [
      ...(second === 'unique' || third === 'unique'
        ? [contract('new-constraint', 'the old version may write rows that it forbids')]
        : []),
      ...(second === 'fulltext' || second === 'spatial'
        ? [unsafe('blocking-index', 'FULLTEXT and SPATIAL indexes hold writes up until they are built', WINDOW)]
        : []),
      ...(statement.has('algorithm', '=', 'copy') ||
      statement.has('lock', '=', 'exclusive') ||
      statement.has('lock', '=', 'shared')
        ? [unsafe('table-copy', 'the statement asks for a way that holds writes up', 'leave ALGORITHM and LOCK out')]
        : []),
    ];
  }
  const replaces = statement.has('or', 'replace') && kind === 'table' && !fresh;
  const exists = statement.has('if', 'not', 'exists');
  if (!exists) for (const name of names) scope.fresh.add(name);
  if (kind === undefined)
    return [
      unsafe(
        'unknown-statement',
        'what it does to the old version is not known here',
        'allow this rule with the reason',
      ),
    ];
  return replaces ? [contract('drop-table', 'the old version may still use the table that it replaces')] : [];
}

function alter(statement: Clause, scope: Scope): Judgement[] {
  const at = statement.begins('alter', '?online', '?ignore', 'table', '?if', '?exists');
  if (at === undefined) {
    if (/^(view|procedure|function|event|sequence|user|definer|algorithm|sql)$/.test(statement.words[1] ?? ''))
      return [];
    if (/^(database|schema)$/.test(statement.words[1] ?? '')) return [];
    return [
      unsafe(
        'unknown-statement',
        'what it does to the old version is not known here',
        'allow this rule with the reason',
      ),
    ];
  }
  const table = statement.nameAt(at);
  const after = statement.words[at + 1] === '.' ? at + 3 : at + 1;
  const clauses = clausesOf(statement.pieces.slice(after)).filter(({ words }) => words.length > 0);
  const online = clauses.some(
    (clause) =>
      clause.begins('lock', '?=', 'none') !== undefined || clause.begins('algorithm', '?=', 'instant') !== undefined,
  );
  const foreignKeysUnchecked = scope.unvalidated.has(UNCHECKED);
  return clauses.flatMap((clause) => judgeClause(clause, { table, online, foreignKeysUnchecked }));
}

function drop(statement: Clause): Judgement[] {
  const kind = statement.words.slice(1).find((word) => /^[a-z]+$/.test(word) && word !== 'temporary') ?? 'object';
  if (statement.words[1] === 'temporary' || statement.words[1] === 'prepare') return [];
  return [contract(`drop-${kind}`, `the old version may still use it`)];
}

function write(statement: Clause, scope: Scope): Judgement[] {
  const table =
    statement.words[0] === 'update' ? statement.nameAt(1) : statement.nameAt(statement.words.indexOf('from') + 1);
  if (statement.words.includes('where') || statement.words.includes('limit')) return [];
  if (scope.fresh.has(table.toLowerCase())) return [];
  return [
    unsafe(
      'unbounded-write',
      `every row of ${table} is written in one transaction, and the old version waits for it`,
      'write in steps with WHERE, or allow this rule when the table is small',
    ),
  ];
}
