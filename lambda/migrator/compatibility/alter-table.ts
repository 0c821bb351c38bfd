import type { AlterTableCmd, AlterTableStmt, ColumnDef, Constraint, Node } from 'libpg-query';
import { contract, unsafe } from './finding';
import type { Judgement } from './finding';
import { lastName, relationName } from './scope';
import type { Scope } from './scope';

const NOT_VALID = 'add it with NOT VALID, and validate it in a later changeset';
const NEW_COLUMN =
  'add a new column, let both versions write it, copy the old values in batches, and drop the old column in a later release';

/** Judges each command of an ALTER TABLE (also of views, indexes, sequences and composite types). */
export function judgeAlterTable(statement: AlterTableStmt, scope: Scope): Judgement[] {
  const table = relationName(statement.relation);
  if (scope.fresh.has(table)) return [];
  return (statement.cmds ?? []).flatMap((node) =>
    'AlterTableCmd' in node ? command(table, node.AlterTableCmd, scope) : [],
  );
}

/** Commands that only touch planning, storage of new rows, or loosen what the old version never relied on. */
const HARMLESS = new Set([
  'AT_DropNotNull',
  'AT_SetStatistics',
  'AT_SetOptions',
  'AT_ResetOptions',
  'AT_SetStorage',
  'AT_SetCompression',
  'AT_SetRelOptions',
  'AT_ResetRelOptions',
  'AT_ClusterOn',
  'AT_DropCluster',
  'AT_ReplicaIdentity',
  'AT_EnableTrig',
  'AT_EnableTrigAll',
  'AT_EnableTrigUser',
  'AT_EnableAlwaysTrig',
  'AT_EnableReplicaTrig',
  'AT_AddIdentity',
  'AT_SetIdentity',
  'AT_AttachPartition',
]);

/** Commands that write the whole table anew while nobody may read it. */
const REWRITES = new Set([
  'AT_SetTableSpace',
  'AT_SetLogged',
  'AT_SetUnLogged',
  'AT_SetAccessMethod',
  'AT_SetExpression',
]);

const REMOVALS: Partial<Record<string, string>> = {
  AT_DropConstraint: 'drop-constraint',
  AT_DropIdentity: 'drop-identity',
  AT_DropExpression: 'drop-expression',
  AT_DisableTrig: 'disable-trigger',
  AT_DisableTrigAll: 'disable-trigger',
  AT_DisableTrigUser: 'disable-trigger',
  AT_DisableRule: 'disable-rule',
  AT_EnableRowSecurity: 'row-security',
  AT_ForceRowSecurity: 'row-security',
  AT_DisableRowSecurity: 'row-security',
  AT_NoForceRowSecurity: 'row-security',
  AT_DetachPartition: 'detach-partition',
  AT_DetachPartitionFinalize: 'detach-partition',
  AT_DropInherit: 'drop-inheritance',
  AT_ChangeOwner: 'change-owner',
};

function command(table: string, cmd: AlterTableCmd, scope: Scope): Judgement[] {
  const { subtype = '?', name = '?' } = cmd;
  const column = `${table}.${name}`;
  if (HARMLESS.has(subtype)) return [];
  if (REWRITES.has(subtype)) {
    return [
      unsafe('table-rewrite', `${subtype.slice(3)} writes all of ${table} anew under an exclusive lock`, NEW_COLUMN),
    ];
  }
  const removal = REMOVALS[subtype];
  if (removal !== undefined)
    return [contract(removal, `the old version may rely on what ${subtype.slice(3)} changes on ${table}`)];
  switch (subtype) {
    case 'AT_AddColumn':
      return cmd.def && 'ColumnDef' in cmd.def ? addColumn(table, cmd.def.ColumnDef) : [];
    case 'AT_DropColumn':
      if (cmd.behavior === 'DROP_CASCADE') return [cascade(column)];
      return [contract('drop-column', `${column} is dropped, the old version may still read or write it`)];
    case 'AT_AlterColumnType':
      return [
        unsafe(
          'change-column-type',
          `changing the type of ${column} usually writes the whole table anew, and the old version expects the old type`,
          NEW_COLUMN,
        ),
      ];
    case 'AT_SetNotNull':
      return [
        unsafe(
          'set-not-null',
          `${table} is read whole under an exclusive lock, and the old version may write NULL into ${column}`,
          `add CHECK (${name} IS NOT NULL) NOT VALID, validate it in a later changeset, and allow this rule then`,
        ),
      ];
    case 'AT_ColumnDefault':
      if (cmd.def !== undefined) return [];
      return [contract('drop-default', `inserts of the old version may rely on the default of ${column}`)];
    case 'AT_AddConstraint':
      return cmd.def && 'Constraint' in cmd.def ? addConstraint(table, cmd.def.Constraint, scope) : [];
    case 'AT_ValidateConstraint':
      if (!scope.inTransaction || !scope.unvalidated.has(name)) return [];
      return [
        unsafe(
          'validate-in-same-transaction',
          `${name} is added and validated in one transaction: its strict lock is held all the while`,
          'validate it in a changeset of its own',
        ),
      ];
    default:
      return [
        unsafe(
          'unknown-alteration',
          `no rule knows ${subtype} on ${table}`,
          'if it is harmless, allow this rule and say why',
        ),
      ];
  }
}

function addColumn(table: string, column: ColumnDef): Judgement[] {
  const name = `${table}.${column.colname ?? '?'}`;
  const constraints = (column.constraints ?? []).flatMap((node) => ('Constraint' in node ? [node.Constraint] : []));
  const find = (type: string) => constraints.find((constraint) => constraint.contype === type);
  const judgements: Judgement[] = [];
  const type = lastName(column.typeName?.names?.at(-1));
  const fallback = find('CONSTR_DEFAULT');
  const generated = find('CONSTR_GENERATED');
  const counted = /^(small|big)?serial\d?$/.test(type) || find('CONSTR_IDENTITY') !== undefined;
  if (counted || generated?.generated_kind === 's') {
    judgements.push(
      unsafe(
        'table-rewrite',
        `every row of ${table} is written anew under an exclusive lock to number or compute ${name}`,
        'add the column without it, fill it in batches, then set the default',
      ),
    );
  }
  if (isVolatile(fallback?.raw_expr)) {
    judgements.push(
      unsafe(
        'volatile-default',
        `the default of ${name} may differ from row to row: every row is written anew under an exclusive lock`,
        'add the column without default, set the default in a later statement, and fill old rows in batches',
      ),
    );
  }
  if (find('CONSTR_NOTNULL') && !fallback && !generated && !counted) {
    judgements.push(
      unsafe(
        'required-column',
        `inserts of the old version do not know ${name} and fail, and so does this statement when there are rows`,
        'give it a DEFAULT, or leave NOT NULL for a later release',
      ),
    );
  }
  if (find('CONSTR_UNIQUE') || find('CONSTR_PRIMARY')) {
    judgements.push(
      unsafe('unique-without-index', `the index for ${name} is built under an exclusive lock`, uniqueMend(table)),
    );
  }
  for (const [kind, word] of [
    ['CONSTR_FOREIGN', 'reference'],
    ['CONSTR_CHECK', 'check'],
  ] as const) {
    if (find(kind))
      judgements.push(
        unsafe(
          'validated-constraint',
          `the ${word} on ${name} is checked for all rows under a strict lock`,
          `add the column without it, then the constraint: ${NOT_VALID}`,
        ),
      );
  }
  return judgements;
}

function addConstraint(table: string, constraint: Constraint, scope: Scope): Judgement[] {
  const { contype = '?', conname = 'a constraint' } = constraint;
  if (contype === 'CONSTR_UNIQUE' || contype === 'CONSTR_PRIMARY') {
    if (constraint.indexname) return [];
    return [
      unsafe(
        'unique-without-index',
        `the index of ${conname} on ${table} is built under an exclusive lock`,
        uniqueMend(table),
      ),
    ];
  }
  if (contype === 'CONSTR_EXCLUSION') {
    return [
      unsafe(
        'exclusion-constraint',
        `${conname} on ${table} is built under an exclusive lock, and the old version may write what it excludes`,
        'do it in a maintenance window, and allow this rule',
      ),
    ];
  }
  if (!constraint.skip_validation) {
    return [
      unsafe('validated-constraint', `${conname} is checked for all rows of ${table} under a strict lock`, NOT_VALID),
    ];
  }
  scope.unvalidated.add(conname);
  return [
    contract(
      'new-constraint',
      `${conname} on ${table} refuses writes that the old version may still make`,
      'release a version that keeps to it first',
    ),
  ];
}

function uniqueMend(table: string): string {
  return `CREATE UNIQUE INDEX CONCURRENTLY in a changeset with runInTransaction:false, then ALTER TABLE ${table} ADD CONSTRAINT … USING INDEX`;
}

export function cascade(name: string): Judgement {
  return unsafe(
    'drop-cascade',
    `CASCADE drops whatever depends on ${name}, named nowhere`,
    'drop each thing by its name',
  );
}

/** Functions that give one value for the whole statement, so that a default of theirs is stored once. */
const STABLE = new Set([
  'now',
  'transaction_timestamp',
  'statement_timestamp',
  'current_setting',
  'lower',
  'upper',
  'coalesce',
]);

/** Whether an expression may differ from row to row; functions that are not known to be stable count as such. */
function isVolatile(expression: Node | undefined): boolean {
  if (expression === undefined) return false;
  let found = false;
  walk(expression, (kind, value) => {
    if (kind === 'FuncCall') found ||= !STABLE.has(lastName((value as { funcname?: Node[] }).funcname?.at(-1)));
  });
  return found;
}

function walk(value: unknown, visit: (kind: string, value: unknown) => void): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [kind, inner] of Object.entries(value)) {
    visit(kind, inner);
    walk(inner, visit);
  }
}
