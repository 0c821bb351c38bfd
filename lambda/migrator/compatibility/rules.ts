import type { DropStmt, GrantStmt, IndexStmt, Node, RenameStmt, VacuumStmt, AlterDomainStmt } from 'libpg-query';
import { cascade, judgeAlterTable } from './alter-table';
import { contract, unsafe } from './finding';
import type { Judgement } from './finding';
import { kindOf, lastName, relationName } from './scope';
import type { Scope } from './scope';

const WINDOW = 'do it in a maintenance window, and allow this rule';

/** Statements that add, or only touch what this release brings. */
const HARMLESS = new Set([
  'AlterDefaultPrivilegesStmt',
  'AlterExtensionStmt',
  'AlterFunctionStmt',
  'AlterRoleSetStmt',
  'AlterSeqStmt',
  'AlterStatsStmt',
  'AlterTypeStmt',
  'CheckPointStmt',
  'CommentStmt',
  'CompositeTypeStmt',
  'CopyStmt',
  'CreateCastStmt',
  'CreateConversionStmt',
  'CreateDomainStmt',
  'CreateEnumStmt',
  'CreateExtensionStmt',
  'CreateFunctionStmt',
  'CreatePolicyStmt',
  'CreateRangeStmt',
  'CreateRoleStmt',
  'CreateSchemaStmt',
  'CreateSeqStmt',
  'CreateStatsStmt',
  'CreateTrigStmt',
  'DefineStmt',
  'ExplainStmt',
  'InsertStmt',
  'MergeStmt',
  'NotifyStmt',
  'RuleStmt',
  'SecLabelStmt',
  'SelectStmt',
  'VariableSetStmt',
  'VariableShowStmt',
]);

/** Judges one statement; what it makes is remembered as fresh in the scope. */
export function judgeStatement(node: Node, scope: Scope): Judgement[] {
  remember(node, scope);
  if ('AlterTableStmt' in node) return judgeAlterTable(node.AlterTableStmt, scope);
  if ('IndexStmt' in node) return createIndex(node.IndexStmt, scope);
  if ('DropStmt' in node) return drop(node.DropStmt, scope);
  if ('RenameStmt' in node) return rename(node.RenameStmt, scope);
  if ('GrantStmt' in node) return grant(node.GrantStmt);
  if ('GrantRoleStmt' in node)
    return node.GrantRoleStmt.is_grant ? [] : [contract('revoke', 'the old version may need the role')];
  if ('VacuumStmt' in node) return vacuum(node.VacuumStmt, scope);
  if ('AlterDomainStmt' in node) return alterDomain(node.AlterDomainStmt);
  if ('CreateStmt' in node || 'CreateTableAsStmt' in node || 'ViewStmt' in node || 'CreateForeignTableStmt' in node)
    return [];
  if ('AlterEnumStmt' in node) {
    if (node.AlterEnumStmt.oldVal === undefined) return [];
    return [
      unsafe(
        'rename-enum-value',
        `the old version still reads and writes "${node.AlterEnumStmt.oldVal}"`,
        'add a new value, move rows over, and stop using the old one',
      ),
    ];
  }
  if ('AlterObjectSchemaStmt' in node) {
    const name = relationName(node.AlterObjectSchemaStmt.relation);
    if (scope.fresh.has(name)) return [];
    return [
      unsafe(
        'set-schema',
        'the old version looks for it in the old schema',
        'make it in the new schema and copy, or leave a view behind; drop the old one in a later release',
      ),
    ];
  }
  if ('AlterOwnerStmt' in node) return [contract('change-owner', 'the old version may lose its rights')];
  if ('AlterPolicyStmt' in node) return [contract('row-security', 'the old version may see other rows')];
  if ('LockStmt' in node)
    return [unsafe('lock-table', 'LOCK holds the application up until the changeset ends', 'leave it out')];
  if ('ClusterStmt' in node)
    return [unsafe('table-rewrite', 'CLUSTER writes the table anew under an exclusive lock', WINDOW)];
  if ('TruncateStmt' in node) {
    const names = (node.TruncateStmt.relations ?? []).map(lastName);
    if (names.every((name) => scope.fresh.has(name))) return [];
    return [unsafe('truncate', `all rows of ${names.join(', ')} go, and the old version uses them`, WINDOW)];
  }
  if ('ReindexStmt' in node) {
    const concurrently = node.ReindexStmt.params?.some(
      (param) => 'DefElem' in param && param.DefElem.defname === 'concurrently',
    );
    if (concurrently) return outside('REINDEX CONCURRENTLY', scope);
    return [
      unsafe(
        'reindex-without-concurrently',
        'writes wait until the index is built',
        'REINDEX … CONCURRENTLY in a changeset with runInTransaction:false',
      ),
    ];
  }
  if ('RefreshMatViewStmt' in node) {
    if (node.RefreshMatViewStmt.concurrent || scope.fresh.has(relationName(node.RefreshMatViewStmt.relation)))
      return [];
    return [
      unsafe(
        'refresh-without-concurrently',
        'reads of the view wait until it is filled',
        'REFRESH MATERIALIZED VIEW CONCURRENTLY',
      ),
    ];
  }
  if ('UpdateStmt' in node || 'DeleteStmt' in node) {
    const statement = 'UpdateStmt' in node ? node.UpdateStmt : node.DeleteStmt;
    const table = relationName(statement.relation);
    if (statement.whereClause !== undefined || scope.fresh.has(table)) return [];
    return [
      unsafe(
        'unbounded-write',
        `all rows of ${table} are locked until the changeset ends`,
        'write in batches with WHERE, in changesets with runInTransaction:false, or from the application',
      ),
    ];
  }
  if ('TransactionStmt' in node)
    return [
      unsafe(
        'transaction',
        'the migrator begins and ends transactions itself',
        'leave it out, or use runInTransaction:false',
      ),
    ];
  if ('CallStmt' in node)
    return [
      unsafe(
        'opaque-code',
        'what the procedure does cannot be seen here',
        'if it is harmless, allow this rule and say why',
      ),
    ];
  if (HARMLESS.has(kindOf(node))) return [];
  return [
    unsafe('unknown-statement', `no rule knows ${kindOf(node)}`, 'if it is harmless, allow this rule and say why'),
  ];
}

function remember(node: Node, { fresh }: Scope): void {
  if ('CreateStmt' in node && !node.CreateStmt.if_not_exists) fresh.add(relationName(node.CreateStmt.relation));
  if ('CreateTableAsStmt' in node && !node.CreateTableAsStmt.if_not_exists)
    fresh.add(relationName(node.CreateTableAsStmt.into?.rel));
  if ('ViewStmt' in node && !node.ViewStmt.replace) fresh.add(relationName(node.ViewStmt.view));
  if ('IndexStmt' in node && !node.IndexStmt.if_not_exists) fresh.add(node.IndexStmt.idxname ?? '?');
  if ('CreateSeqStmt' in node && !node.CreateSeqStmt.if_not_exists)
    fresh.add(relationName(node.CreateSeqStmt.sequence));
  if ('CreateEnumStmt' in node) fresh.add(lastName(node.CreateEnumStmt.typeName?.at(-1)));
  if ('CreateDomainStmt' in node) fresh.add(lastName(node.CreateDomainStmt.domainname?.at(-1)));
  if ('CompositeTypeStmt' in node) fresh.add(relationName(node.CompositeTypeStmt.typevar));
  if ('CreateFunctionStmt' in node && !node.CreateFunctionStmt.replace)
    fresh.add(lastName(node.CreateFunctionStmt.funcname?.at(-1)));
}

function createIndex(statement: IndexStmt, scope: Scope): Judgement[] {
  const table = relationName(statement.relation);
  if (!statement.concurrent) {
    if (scope.fresh.has(table)) return [];
    return [
      unsafe(
        'index-without-concurrently',
        `writes to ${table} wait until the index is built`,
        'CREATE INDEX CONCURRENTLY in a changeset with runInTransaction:false',
      ),
    ];
  }
  if (!statement.idxname) {
    return [
      unsafe(
        'unnamed-concurrent-index',
        'an index without a name cannot be found again when its build fails',
        'give it a name',
      ),
    ];
  }
  const judgements = outside('CREATE INDEX CONCURRENTLY', scope);
  if (statement.unique && !scope.fresh.has(table)) {
    judgements.push(
      contract(
        'new-constraint',
        `${statement.idxname} refuses duplicates that the old version may still write to ${table}`,
        'release a version that keeps to it first',
      ),
    );
  }
  return judgements;
}

/** What the server only does outside a transaction. */
function outside(what: string, { inTransaction }: Scope): Judgement[] {
  if (!inTransaction) return [];
  return [
    unsafe('needs-no-transaction', `${what} cannot run in a transaction`, 'give the changeset runInTransaction:false'),
  ];
}

function drop(statement: DropStmt, scope: Scope): Judgement[] {
  const kind = (statement.removeType ?? 'OBJECT_?').slice('OBJECT_'.length).toLowerCase().replaceAll('_', '-');
  const names = (statement.objects ?? []).map(lastName);
  const used = names.filter((name) => !scope.fresh.has(name));
  if (used.length === 0) return [];
  if (statement.behavior === 'DROP_CASCADE') return [cascade(used.join(', '))];
  const judgements: Judgement[] = [];
  if (kind === 'index' && !statement.concurrent) {
    judgements.push(
      unsafe(
        'drop-index-without-concurrently',
        `the table of ${used.join(', ')} is locked for reads and writes`,
        'DROP INDEX CONCURRENTLY in a changeset with runInTransaction:false',
      ),
    );
  }
  if (kind === 'index' && statement.concurrent) judgements.push(...outside('DROP INDEX CONCURRENTLY', scope));
  judgements.push(contract(`drop-${kind}`, `${used.join(', ')} is dropped, the old version may still use it`));
  return judgements;
}

function rename(statement: RenameStmt, scope: Scope): Judgement[] {
  const kind = (statement.renameType ?? 'OBJECT_?').slice('OBJECT_'.length).toLowerCase();
  const name =
    statement.subname ?? (statement.relation ? relationName(statement.relation) : lastName(statement.object));
  if (scope.fresh.has(statement.relation ? relationName(statement.relation) : name) || kind === 'index') {
    scope.fresh.add(statement.newname ?? '?');
    return [];
  }
  if (kind === 'tabconstraint' || kind === 'domconstraint') {
    return [contract('rename-constraint', `ON CONFLICT ON CONSTRAINT ${name} of the old version fails`)];
  }
  return [
    unsafe(
      'rename',
      `the old version still uses the ${kind} "${name}" by its name`,
      'add the new one beside it, let both versions work, and drop the old one in a later release',
    ),
  ];
}

function grant(statement: GrantStmt): Judgement[] {
  return statement.is_grant ? [] : [contract('revoke', 'the old version may need the right')];
}

function vacuum(statement: VacuumStmt, scope: Scope): Judgement[] {
  const full = statement.options?.some((option) => 'DefElem' in option && option.DefElem.defname === 'full');
  if (full)
    return [
      unsafe(
        'table-rewrite',
        'VACUUM FULL writes the table anew under an exclusive lock',
        'leave it to VACUUM, or use pg_repack',
      ),
    ];
  return statement.is_vacuumcmd ? outside('VACUUM', scope) : [];
}

function alterDomain({ subtype, def }: AlterDomainStmt): Judgement[] {
  if (subtype === 'C' && !(def && 'Constraint' in def && def.Constraint.skip_validation)) {
    return [
      unsafe(
        'validated-constraint',
        'every table that uses the domain is read whole under a lock',
        'add it with NOT VALID, and validate it in a later changeset',
      ),
    ];
  }
  if (subtype === 'C')
    return [contract('new-constraint', 'the domain refuses writes that the old version may still make')];
  if (subtype === 'O')
    return [
      unsafe(
        'set-not-null',
        'every table that uses the domain is read whole under a lock',
        'use a CHECK constraint with NOT VALID',
      ),
    ];
  if (subtype === 'X') return [contract('drop-constraint', 'the old version may rely on the constraint of the domain')];
  if (subtype === 'T' && def === undefined)
    return [contract('drop-default', 'inserts of the old version may rely on the default of the domain')];
  return [];
}
