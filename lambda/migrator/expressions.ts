/**
 * Context and label expressions: names joined by `and`, `or`, `,` (an or), `not` or `!`, and parentheses.
 * Names are compared without regard to case.
 */

/**
 * Whether a changeset with these context expressions runs under the given contexts. As in Liquibase, everything runs
 * when no context is given, except what asks for one with `@name`.
 *
 * @throws SyntaxError when an expression cannot be read
 */
export function contextsMatch(expressions: readonly string[], given: readonly string[]): boolean {
  const names = lowered(given);
  return expressions.every((expression) => {
    if (expression.trim() === '' || (names.size === 0 && !expression.includes('@'))) return true;
    return evaluate(expression, (name) =>
      name.startsWith('@') ? names.has(name.slice(1)) : names.size === 0 || names.has(name),
    );
  });
}

/**
 * Whether a changeset with these labels runs under a label filter, which is an expression over label names. As in
 * Liquibase, everything runs without a filter, and so does a changeset without labels unless the filter asks with `@name`.
 *
 * @throws SyntaxError when the filter cannot be read
 */
export function labelsMatch(labels: readonly string[], filter: string | undefined): boolean {
  if (filter === undefined || filter.trim() === '' || (labels.length === 0 && !/(?:^|[\s(,!])@/.test(filter)))
    return true;
  const names = lowered(labels);
  return evaluate(filter, (name) => names.has(name.replace(/^@/, '')));
}

/** Whether a list of database names (`postgresql`, `!oracle`, `all`, `none`) admits `engine`. An empty list admits all. */
export function dbmsMatches(names: readonly string[], engine: string): boolean {
  if (names.length === 0 || names.includes('all')) return true;
  if (names.includes(`!${engine}`) || names.includes('none')) return false;
  if (names.includes(engine)) return true;
  return names.every((name) => name.startsWith('!'));
}

/** Checks that an expression can be read. @throws SyntaxError */
export function checkExpression(expression: string): void {
  if (expression.trim() !== '') evaluate(expression, () => false);
}

function lowered(names: readonly string[]): Set<string> {
  return new Set(names.map((name) => name.trim().toLowerCase()));
}

function evaluate(expression: string, holds: (name: string) => boolean): boolean {
  const tokens = expression.match(/[(),!]|[^\s(),!]+/g) ?? [];
  let next = 0;
  const value = either();
  if (next < tokens.length) throw unreadable();
  return value;

  // `,` binds weakest, then `or`, then `and`.
  function either(): boolean {
    let value = all();
    while (tokens[next] === ',' || word() === 'or') {
      next++;
      const right = all();
      value = value || right;
    }
    return value;
  }

  function all(): boolean {
    let value = single();
    while (word() === 'and') {
      next++;
      const right = single();
      value = value && right;
    }
    return value;
  }

  function single(): boolean {
    const token = tokens[next++];
    if (token === '!' || token?.toLowerCase() === 'not') {
      // Liquibase looks for a name with the mark in it.
      if (tokens[next] === '!' || word() === 'not') throw unreadable();
      return !single();
    }
    if (token === '(') {
      const value = either();
      if (tokens[next++] !== ')') throw unreadable();
      return value;
    }
    if (token === undefined || /^([),]|and|or)$/i.test(token)) throw unreadable();
    return holds(token.toLowerCase());
  }

  function word(): string | undefined {
    return tokens[next]?.toLowerCase();
  }

  function unreadable(): SyntaxError {
    return new SyntaxError(`the expression "${expression}" cannot be read`);
  }
}
