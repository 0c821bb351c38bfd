import type { Node, RangeVar } from 'libpg-query';

/** What a rule may know beside its statement. */
export interface Scope {
  /** Whether the changeset runs in one transaction. */
  readonly inTransaction: boolean;
  /** Tables, indexes, views, types, … that pending changesets above made: nobody uses them yet. */
  readonly fresh: Set<string>;
  /** Constraints that this changeset added without validating them. */
  readonly unvalidated: Set<string>;
}

/** Name of a table without its schema, as the rules compare it. */
export function relationName(relation: RangeVar | undefined): string {
  return relation?.relname ?? '?';
}

/** The last part of a name that the parser gives as a list of strings, as an object with arguments, or as a type. */
export function lastName(node: Node | undefined): string {
  if (node === undefined) return '?';
  if ('String' in node) return node.String.sval ?? '?';
  if ('List' in node) return lastName(node.List.items?.at(-1));
  if ('ObjectWithArgs' in node) return lastName(node.ObjectWithArgs.objname?.at(-1));
  if ('TypeName' in node) return lastName(node.TypeName.names?.at(-1));
  if ('RangeVar' in node) return relationName(node.RangeVar);
  return '?';
}

/** Kind and content of a node of the tree: `{ AlterTableStmt: {…} }`. */
export function kindOf(node: Node): string {
  return Object.keys(node)[0] ?? '?';
}
