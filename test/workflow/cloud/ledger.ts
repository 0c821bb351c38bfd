import { AwsError } from '../../../local/cloud/model';

type Item = Record<string, unknown>;

interface Input {
  readonly Item?: Item;
  readonly Key?: Item;
  readonly IndexName?: string;
  readonly ConditionExpression?: string;
  readonly KeyConditionExpression?: string;
  readonly FilterExpression?: string;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Item;
  readonly ScanIndexForward?: boolean;
  readonly Limit?: number;
}

/** The ledger table in memory: what the workflow uses of DynamoDB, with the conditions really evaluated. */
export class LedgerTable {
  private readonly items = new Map<string, Item>();
  /** Every write, with the item before and after it, in order: the table's stream. */
  readonly changes: { readonly before?: Item; readonly after?: Item }[] = [];

  readonly operations = {
    Get: async ({ Key }: Input) => ({ Item: copy(this.items.get(keyOf(Key as Item))) }),
    Put: async (input: Input) => {
      const key = keyOf(input.Item as Item);
      this.require(input, this.items.get(key));
      this.set(key, copy(input.Item) as Item);
      return {};
    },
    Delete: async ({ Key }: Input) => {
      this.set(keyOf(Key as Item), undefined);
      return {};
    },
    Update: async (input: Input) => {
      const key = keyOf(input.Key as Item);
      const before = this.items.get(key);
      this.require(input, before);
      const after: Item = { ...(before ?? input.Key) };
      const [verb, assignments] = split(input.UpdateExpression as string, /^(SET|REMOVE) /);
      for (const assignment of assignments.split(',').map((each) => each.trim())) {
        const [name, value] = assignment.split('=').map((each) => each.trim());
        if (verb === 'REMOVE') delete after[nameOf(input, name as string)];
        else after[nameOf(input, name as string)] = copy(operand(input, value as string, before));
      }
      this.set(key, after);
      return { Attributes: copy(after) };
    },
    Query: async (input: Input) => {
      const sort = input.IndexName === 'history' ? 'startedAt' : 'sk';
      const found = [...this.items.values()]
        .filter((item) => holds(input, input.KeyConditionExpression as string, item))
        .sort((a, b) => (String(a[sort]) < String(b[sort]) ? -1 : 1));
      if (input.ScanIndexForward === false) found.reverse();
      const page = found.slice(0, input.Limit ?? found.length);
      return {
        Items: page.filter((item) => !input.FilterExpression || holds(input, input.FilterExpression, item)).map(copy),
      };
    },
  };

  private set(key: string, after: Item | undefined): void {
    this.changes.push({ before: this.items.get(key), after });
    if (after === undefined) this.items.delete(key);
    else this.items.set(key, after);
  }

  read(pk: string, sk: string): Item | undefined {
    return copy(this.items.get(keyOf({ pk, sk })));
  }

  /** As they are now: a write replaces its item and changes none. */
  all(): Readonly<Item>[] {
    return [...this.items.values()];
  }

  /** Begins with these items. */
  load(items: readonly Item[]): void {
    for (const item of items) this.items.set(keyOf(item), item);
  }

  private require(input: Input, item: Item | undefined): void {
    if (input.ConditionExpression === undefined || holds(input, input.ConditionExpression, item ?? {})) return;
    throw new AwsError('ConditionalCheckFailedException', 'The conditional request failed');
  }
}

const keyOf = (item: Item) => `${String(item.pk)}|${String(item.sk)}`;
const copy = <T>(value: T): T => (value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T));

function split(text: string, verb: RegExp): [string, string] {
  const match = verb.exec(text);
  if (match === null) throw new Error(`the ledger's fake does not know the expression "${text}"`);
  return [match[1] as string, text.slice(match[0].length)];
}

function nameOf(input: Input, name: string): string {
  return name.startsWith('#') ? (input.ExpressionAttributeNames?.[name] as string) : name;
}

function operand(input: Input, text: string, item: Item | undefined): unknown {
  return text.startsWith(':') ? input.ExpressionAttributeValues?.[text] : item?.[nameOf(input, text)];
}

/** Conditions without parentheses of their own: AND binds tighter than OR, as in DynamoDB. */
function holds(input: Input, expression: string, item: Item): boolean {
  return expression
    .split(' OR ')
    .some((part) => part.split(' AND ').every((term) => termHolds(input, term.trim(), item)));
}

function termHolds(input: Input, term: string, item: Item): boolean {
  const call = /^(attribute_exists|attribute_not_exists|begins_with)\(([^,)]+)(?:,\s*([^)]+))?\)$/.exec(term);
  if (call !== null) {
    const value = item[nameOf(input, (call[2] as string).trim())];
    if (call[1] === 'begins_with') return String(value).startsWith(String(operand(input, call[3] as string, item)));
    return (value !== undefined) === (call[1] === 'attribute_exists');
  }
  const comparison = /^(\S+) (=|<|>|<=|>=|<>) (\S+)$/.exec(term);
  if (comparison === null) throw new Error(`the ledger's fake does not know the condition "${term}"`);
  const [left, right] = [comparison[1], comparison[3]].map((each) => operand(input, each as string, item)) as [
    never,
    never,
  ];
  if (left === undefined || right === undefined) return false;
  switch (comparison[2]) {
    case '=':
      return left === right;
    case '<>':
      return left !== right;
    case '<':
      return left < right;
    case '>':
      return left > right;
    case '<=':
      return left <= right;
    default:
      return left >= right;
  }
}
