import { attributesOf } from './directives';
import type { Attribute } from './directives';
import { normalPath } from './changelog';
import type { Place } from './problem';
import { ChangelogProblem } from './problem';
import type { Property } from './properties';
import type { ReadingContext } from './reading';
import { applicableProperty, dbmsList, labelList, reaction, readable, usableDelimiter } from './values';

/** What stands on a `--changeset` line. */
export interface ChangesetAttributes {
  readonly id: string;
  readonly author: string;
  readonly context?: string;
  readonly labels: readonly string[];
  readonly dbms: readonly string[];
  readonly runOnChange: boolean;
  readonly runAlways: boolean;
  readonly runInTransaction: boolean;
  readonly failOnError: boolean;
  readonly ignore: boolean;
  readonly splitStatements: boolean;
  readonly stripComments: boolean;
  readonly endDelimiter?: string;
  readonly rollbackSplitStatements: boolean;
  readonly rollbackEndDelimiter?: string;
  readonly logicalFilePath?: string;
}

const CHANGESET_ATTRIBUTES = [
  'context',
  'contextFilter',
  'labels',
  'dbms',
  'runOnChange',
  'runAlways',
  'runInTransaction',
  'failOnError',
  'ignore',
  'splitStatements',
  'stripComments',
  'endDelimiter',
  'rollbackSplitStatements',
  'rollbackEndDelimiter',
  'logicalFilePath',
  // It only matters to change types that quote names themselves; SQL is sent as written.
  'objectQuotingStrategy',
] as const;

/** Attributes in which `${name}` is replaced. */
const EXPANDED = /^(context|contextFilter|labels|logicalFilePath)$/i;

/** Reads the attributes after `--changeset author:id`. @throws ChangelogProblem for one that Liquibase would drop or misread */
export function changesetAttributes(
  author: string,
  id: string,
  text: string,
  place: Place,
  context: ReadingContext,
): ChangesetAttributes {
  const values = namedValues(text, place, CHANGESET_ATTRIBUTES, context);
  const written = [...values.values()];
  refuseHidden([`${author}:${id}`, ...written.map(({ value }) => value), ...attributesOf(text).words], place);
  const literal = written.find(({ name, value }) => !EXPANDED.test(name) && value.includes('${'));
  if (literal !== undefined)
    throw new ChangelogProblem(place, `Liquibase does not expand properties in ${literal.name}`);
  const flag = (name: string, standard: boolean) => {
    const attribute = values.get(name.toLowerCase());
    if (attribute === undefined) return standard;
    if (!/^\w+$/.test(attribute.value) || attribute.quoted)
      throw unreadable(attribute, place, `${name}:true or ${name}:false`);
    return attribute.value.toLowerCase() === 'true';
  };
  const plain = (name: string) => {
    const attribute = values.get(name.toLowerCase());
    if (attribute === undefined) return undefined;
    if (attribute.quoted || attribute.value === '' || /^["']/.test(attribute.value)) {
      throw unreadable(attribute, place, `${name}:<value> without quotes or blanks`);
    }
    return attribute.value;
  };
  const expanded = (text: string | undefined) => text && context.properties.expand(text, place);
  const expression = expanded(values.get('contextfilter')?.value ?? values.get('context')?.value);
  const logicalFilePath = expanded(plain('logicalFilePath'));
  return {
    id,
    author,
    ...(expression === undefined ? {} : { context: readable(expression, place) }),
    labels: labelList(expanded(values.get('labels')?.value) ?? '', place),
    dbms: dbmsList(plain('dbms'), place),
    runOnChange: flag('runOnChange', false),
    runAlways: flag('runAlways', false),
    runInTransaction: flag('runInTransaction', true),
    failOnError: flag('failOnError', true),
    ignore: flag('ignore', false),
    splitStatements: flag('splitStatements', true),
    stripComments: flag('stripComments', true),
    endDelimiter: delimiter(values.get('enddelimiter'), place),
    rollbackSplitStatements: flag('rollbackSplitStatements', true),
    rollbackEndDelimiter: delimiter(values.get('rollbackenddelimiter'), place),
    ...(logicalFilePath === undefined ? {} : { logicalFilePath: normalPath(logicalFilePath) }),
  };
}

/** Liquibase finds `context:` and the like anywhere on the line, so that both readings must be the same. @throws ChangelogProblem */
function refuseHidden(texts: readonly string[], place: Place): void {
  const names = CHANGESET_ATTRIBUTES.map((name) => name.toLowerCase());
  for (const text of texts) {
    const hidden = names.find((name) => text.toLowerCase().includes(`${name}:`));
    if (hidden !== undefined) {
      throw new ChangelogProblem(
        place,
        `Liquibase finds "${hidden}:" inside "${text}"; leave a blank before it, or rename`,
      );
    }
  }
}

/** Reads the header line's attributes and returns the file's logical path. */
export function fileAttributes(text: string, place: Place, file: string): string {
  const { attributes } = attributesOf(text.replace(/^\s*sql/i, ''));
  let path = file;
  if (/[^\s]logicalFilePath:/i.test(text))
    throw new ChangelogProblem(
      place,
      'Liquibase finds "logicalFilePath:" here; leave a blank before it, or take it out',
    );
  for (const attribute of attributes) {
    const name = attribute.name.toLowerCase();
    if (name === 'logicalfilepath' && !attribute.quoted && attribute.value !== '') path = normalPath(attribute.value);
    else if (name !== 'changelogid')
      throw unreadable(attribute, place, 'logicalFilePath:<path> without quotes, or nothing');
  }
  return path;
}

const PROPERTY_ATTRIBUTES = ['name', 'value', 'context', 'contextFilter', 'labels', 'dbms', 'global'] as const;

/** Reads a `--property` line; undefined when the property is for another engine, context or label. */
export function propertyOf(text: string, place: Place, context: ReadingContext): Property | undefined {
  const values = namedValues(text, place, PROPERTY_ATTRIBUTES);
  const value = (name: string) => values.get(name)?.value;
  for (const attribute of values.values()) {
    if (!/^context/i.test(attribute.name) && (attribute.quoted || /^["']/.test(attribute.value)))
      throw unreadable(attribute, place, 'the value without quotes: blanks end it');
  }
  const name = value('name');
  if (!name || !value('value')) {
    throw new ChangelogProblem(place, 'a property needs both name:<name> and value:<value>');
  }
  return applicableProperty(
    {
      name: context.properties.expand(name, place),
      value: value('value') ?? '',
      context: value('contextfilter') ?? value('context'),
      labels: value('labels'),
      dbms: value('dbms'),
      global: value('global')?.toLowerCase() !== 'false',
    },
    place,
    context,
  );
}

/** Reads what stands after `--preconditions`. */
export function preconditionAttributes(text: string, place: Place, context: ReadingContext) {
  const names = ['onFail', 'onError', 'onFailMessage', 'onErrorMessage', 'onSqlOutput', 'onUpdateSql'] as const;
  const values = namedValues(text, place, names, context);
  for (const attribute of values.values()) {
    if (attribute.quoted && !/message$/i.test(attribute.name))
      throw unreadable(attribute, place, 'the value without quotes');
  }
  const whenPrinting = ['onsqloutput', 'onupdatesql'].flatMap((name) => values.get(name) ?? []);
  for (const attribute of whenPrinting) {
    if (whenPrinting.length > 1 || !/^(IGNORE|TEST|FAIL)$/i.test(attribute.value))
      throw unreadable(attribute, place, 'one of onSqlOutput and onUpdateSql, with IGNORE, TEST or FAIL');
  }
  return {
    onFail: reaction(values.get('onfail')?.value, place),
    onError: reaction(values.get('onerror')?.value, place),
    onFailMessage: values.get('onfailmessage')?.value,
    onErrorMessage: values.get('onerrormessage')?.value,
  };
}

function namedValues(
  text: string,
  place: Place,
  known: readonly string[],
  context?: ReadingContext,
): Map<string, Attribute> {
  const { attributes, words } = attributesOf(text);
  const values = new Map<string, Attribute>();
  for (const attribute of attributes) {
    const key = attribute.name.toLowerCase();
    if (!known.some((name) => name.toLowerCase() === key)) {
      throw new ChangelogProblem(
        place,
        `the attribute "${attribute.name}" is not supported here; known are ${known.join(', ')}`,
      );
    }
    if (attribute.value.startsWith("'")) throw unreadable(attribute, place, 'it with "double quotes"');
    if (!attribute.quoted && attribute.value.startsWith('"'))
      throw unreadable(attribute, place, 'the value with quotes around it, or without any');
    if (values.has(key)) throw new ChangelogProblem(place, `the attribute "${attribute.name}" is given twice`);
    values.set(key, attribute);
  }
  if (words.length > 0 && attributes.length > 0) {
    throw new ChangelogProblem(
      place,
      `"${words.join(' ')}" is no attribute; a value with blanks needs "double quotes"`,
    );
  }
  if (words.length > 0) context?.warn(place, `"${words.join(' ')}" on the changeset line does nothing`);
  return values;
}

function delimiter(attribute: Attribute | undefined, place: Place): string | undefined {
  if (attribute === undefined || attribute.value === '') return undefined;
  // Liquibase takes quotes around a delimiter as part of it.
  return usableDelimiter(attribute.quoted ? `"${attribute.value}"` : attribute.value, place);
}

function unreadable(attribute: Attribute, place: Place, meant: string): ChangelogProblem {
  return new ChangelogProblem(place, `"${attribute.name}:${attribute.value}" is not understood; write ${meant}`);
}
