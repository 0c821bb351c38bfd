import { contract, unsafe } from '../finding';
import type { Judgement } from '../finding';
import { clausesOf } from './clauses';
import type { Clause } from './clauses';

/** What a rule knows beside its clause. */
export interface AlterScope {
  readonly table: string;
  /** The statement says `LOCK=NONE` or `ALGORITHM=INSTANT`: the server refuses it rather than hold writes up. */
  readonly online: boolean;
  /** An earlier statement of the changeset switched `foreign_key_checks` off. */
  readonly foreignKeysUnchecked: boolean;
}

const COPY_MEND =
  'make a new table or column beside it, copy in small steps, and switch over; or do it in a maintenance window, and allow this rule';

type Rule = (clause: Clause, scope: AlterScope) => Judgement | undefined | 'harmless';

/**
 * Clauses of ALTER TABLE by their online class: https://dev.mysql.com/doc/refman/8.4/en/innodb-online-ddl-operations.html
 * and https://mariadb.com/kb/en/innodb-online-ddl-overview/. The first rule that has something to say decides.
 */
const RULES: readonly Rule[] = [
  (clause) => {
    if (
      clause.begins('algorithm', '?=', 'copy') === undefined &&
      clause.begins('lock', '?=', 'shared|exclusive') === undefined
    )
      return undefined;
    return unsafe(
      'table-copy',
      'the statement asks for a way that holds writes up',
      'leave ALGORITHM and LOCK out, or say LOCK=NONE',
    );
  },
  (clause) => (clause.begins('algorithm|lock|with|without|wait|nowait') === undefined ? undefined : 'harmless'),
  addIndex,
  addConstraint,
  addPartition,
  addColumn,
  (clause) => {
    const at = clause.begins('change', '?column', '?if', '?exists');
    if (at === undefined) return undefined;
    if (clause.nameAt(at).toLowerCase() === clause.nameAt(at + 1).toLowerCase()) return undefined;
    return renamed(`column ${clause.nameAt(at)}`);
  },
  (clause, scope) => {
    if (clause.begins('modify|change') === undefined) return undefined;
    if (scope.online) return contract('modify-column', 'the old version may write what the new definition refuses');
    return unsafe(
      'change-column-type',
      'most changes of a column copy the table and hold writes up',
      `add ", LOCK=NONE" (the server then refuses what it cannot do beside writes), or ${COPY_MEND}`,
    );
  },
  (clause) => (clause.begins('rename', 'column') === undefined ? undefined : renamed(`column ${clause.nameAt(2)}`)),
  (clause) => {
    if (clause.begins('rename', 'index|key') === undefined) return undefined;
    return contract('rename-index', 'queries of the old version may name it in a hint');
  },
  (clause, { table }) => (clause.begins('rename') === undefined ? undefined : renamed(`table ${table}`)),
  drop,
  (clause) => {
    if (clause.begins('alter', '?column') === undefined) return undefined;
    if (clause.has('drop', 'default'))
      return contract('drop-default', 'the old version may insert rows without a value');
    if (clause.has('set', 'default') || clause.has('set', 'visible') || clause.has('visible')) return 'harmless';
    if (clause.has('invisible'))
      return contract('hide', 'the old version no longer sees it with SELECT *, or plans without it');
    if (clause.has('not', 'enforced')) return 'harmless';
    return clause.has('enforced') ? copies('checking every row') : undefined;
  },
  (clause) => (clause.begins('convert', 'to') === undefined ? undefined : copies('another character set')),
  (clause) =>
    clause.begins('engine|row_format|key_block_size|force|order|encryption|page_compressed') === undefined
      ? undefined
      : copies('writing the table anew'),
  (clause) => {
    if (clause.begins('truncate|exchange', 'partition') === undefined) return undefined;
    return unsafe(
      'truncate',
      'all rows of the partition go, and the old version uses them',
      'do it in a maintenance window, and allow this rule',
    );
  },
  (clause) =>
    clause.begins('partition|reorganize|coalesce|remove|rebuild|optimize|repair|discard|import|convert') === undefined
      ? undefined
      : copies('moving rows between partitions'),
  (clause) => (clause.begins('disable|enable', 'keys') === undefined ? undefined : 'harmless'),
  (clause) =>
    clause.begins(
      '?default',
      'auto_increment|comment|charset|character|collate|stats_persistent|stats_auto_recalc|stats_sample_pages|max_rows|min_rows|avg_row_length|analyze|check|checksum|pack_keys',
    ) === undefined
      ? undefined
      : 'harmless',
];

/** Judges one clause of ALTER TABLE. */
export function judgeClause(clause: Clause, scope: AlterScope): Judgement[] {
  for (const rule of RULES) {
    const judgement = rule(clause, scope);
    if (judgement === 'harmless') return [];
    // The server refuses to copy then.
    if (judgement?.rule === 'table-copy' && scope.online) return [];
    if (judgement !== undefined) return [judgement];
  }
  return [
    unsafe(
      'unknown-alteration',
      `what "${clause.words.slice(0, 4).join(' ')}" does to the old version is not known here`,
      'look it up, and allow this rule with the reason',
    ),
  ];
}

function addIndex(clause: Clause): Judgement | undefined | 'harmless' {
  if (clause.begins('add', 'fulltext|spatial') !== undefined) {
    return unsafe('blocking-index', 'FULLTEXT and SPATIAL indexes hold writes up until they are built', COPY_MEND);
  }
  const unique = clause.begins('add', '?constraint') !== undefined && clause.words.slice(1, 5).includes('unique');
  const primary = clause.has('primary', 'key') && clause.words.indexOf('primary') <= 3;
  if (clause.begins('add') !== undefined && (unique || primary)) {
    return contract('new-constraint', 'the old version may write rows that it forbids');
  }
  return clause.begins('add', 'index|key') === undefined ? undefined : 'harmless';
}

function addConstraint(clause: Clause, { foreignKeysUnchecked }: AlterScope): Judgement | undefined | 'harmless' {
  if (clause.begins('add') === undefined) return undefined;
  const head = clause.words.slice(1, 5);
  if (head.includes('foreign')) {
    if (foreignKeysUnchecked) return contract('new-constraint', 'the old version may write rows that it forbids');
    return unsafe(
      'validated-constraint',
      'the table is copied while every row is checked, and writes wait',
      'check the rows yourself, then SET foreign_key_checks = 0 in the same changeset: the key is added in place',
    );
  }
  if (!head.includes('check')) return undefined;
  return clause.has('not', 'enforced')
    ? 'harmless'
    : unsafe('validated-constraint', 'the table is copied while every row is checked, and writes wait', COPY_MEND);
}

function addPartition(clause: Clause): Judgement | undefined | 'harmless' {
  return clause.begins('add', 'partition') === undefined ? undefined : 'harmless';
}

function addColumn(clause: Clause): Judgement | undefined | 'harmless' {
  if (clause.begins('add') === undefined) return undefined;
  const missing = (column: string, words: readonly string[]): Judgement | 'harmless' => {
    const has = (...expected: string[]) =>
      words.some((_, index) => expected.every((word, offset) => words[index + offset] === word));
    if (has('auto_increment') || has('stored') || has('persistent'))
      return copies(`the values of ${column} in every row`);
    if (has('unique') || has('primary'))
      return contract('new-constraint', 'the old version may write rows that it forbids');
    if (has('default', '(')) return copies(`a computed default of ${column}`);
    const generated = has('as', '(') || has('virtual');
    if (has('not', 'null') && !has('default') && !generated) {
      return unsafe(
        'required-column',
        `the old version inserts rows without ${column}, and strict mode refuses them`,
        'give it a default, or let it be NULL',
      );
    }
    return 'harmless';
  };
  const at = clause.begins('add', '?column', '?if', '?not', '?exists') ?? 1;
  if (clause.words[at] !== '(') return missing(clause.nameAt(at), clause.words.slice(at + 1));
  const columns = clausesOf(clause.pieces.slice(at + 1, -1));
  const judged = columns.map((column) => missing(column.nameAt(0), column.words.slice(1)));
  return judged.find((judgement) => judgement !== 'harmless') ?? 'harmless';
}

function drop(clause: Clause): Judgement | undefined | 'harmless' {
  if (clause.begins('drop') === undefined) return undefined;
  if (clause.begins('drop', 'primary', 'key') !== undefined) return copies('a table without its primary key');
  const named: readonly (readonly [string, string])[] = [
    ['index|key', 'drop-index'],
    ['foreign|constraint|check', 'drop-constraint'],
    ['partition', 'drop-partition'],
    ['system', 'drop-partition'],
  ];
  const rule = named.find(([words]) => clause.begins('drop', words) !== undefined)?.[1] ?? 'drop-column';
  return contract(rule, `the old version may still use ${clause.words.slice(1).join(' ').replaceAll('`', '')}`);
}

function renamed(what: string): Judgement {
  return unsafe(
    'rename',
    `the old version uses the ${what} under its old name`,
    'add the new one, write both, copy, and drop the old one in a later release',
  );
}

function copies(what: string): Judgement {
  return unsafe('table-copy', `${what}: the table is copied, and writes wait`, COPY_MEND);
}
