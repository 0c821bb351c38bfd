import Ajv from 'ajv';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DETAIL_TYPES, EVENT_SOURCE, eventsOf, type GreenroomEvent, type LedgerItem } from '../../lambda/domain/events';
import { runs } from './runs';

interface Part {
  readonly properties?: Record<string, unknown>;
}

const schema = JSON.parse(readFileSync(join(__dirname, '..', '..', 'docs', 'events.schema.json'), 'utf8')) as {
  readonly properties: { readonly detail: Part };
  readonly definitions: Readonly<Record<string, Part>>;
};
const validate = new Ajv({
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
  formats: { 'date-time': isDateTime },
}).compile(schema);
const ORIGIN = { application: 'notes', environment: 'production' };

function isDateTime(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/.test(text) && !Number.isNaN(Date.parse(text));
}

/** Every event that every scenario's ledger is told as. */
const told: { readonly event: GreenroomEvent; readonly scenario: string }[] = [];
beforeAll(async () => {
  for (const { name, changes } of await runs()) {
    const at = '2026-11-21T08:00:00.000Z';
    for (const [index, change] of changes.entries()) {
      const { before, after } = change as { before?: LedgerItem; after?: LedgerItem };
      for (const event of eventsOf({ id: `${index}`, at, before, after }, ORIGIN)) told.push({ event, scenario: name });
    }
  }
}, 60_000);

describe('what EventBridge is told of the scenarios', () => {
  test('is as docs/events.schema.json says, without exception', () => {
    const wrong = told.filter(
      ({ event: { detailType, detail } }) =>
        !validate({
          source: EVENT_SOURCE,
          'detail-type': detailType,
          detail: JSON.parse(JSON.stringify(detail)) as object,
        }),
    );
    expect(wrong.slice(0, 3).map(({ event }) => [event, validate.errors])).toEqual([]);
    expect(told.length).toBeGreaterThan(1_000);
  });

  test('has no member that the schema does not name, but where it is open by its nature', () => {
    const open = ['Environment Acted On'];
    const common = Object.keys(schema.properties.detail.properties ?? {});
    const strange = told.flatMap(({ event: { detailType, detail } }) => {
      const known = [...common, ...Object.keys(schema.definitions[detailType.replaceAll(' ', '')]?.properties ?? {})];
      return open.includes(detailType)
        ? []
        : Object.keys(detail)
            .filter((name) => !known.includes(name))
            .map((name) => `${detailType}: ${name}`);
    });
    expect([...new Set(strange)]).toEqual([]);
  });

  test('is of every type but the one that means that somebody altered the ledger', () => {
    const seen = new Set(told.map(({ event }) => event.detailType));
    expect(DETAIL_TYPES.filter((type) => !seen.has(type))).toEqual(['Ledger Altered']);
  });

  test('has an id of its own for every event of a ledger', () => {
    const ids = told.map(({ event, scenario }) => `${scenario}/${event.detail.id}`);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('names no task token, which whoever may answer tokens could answer', () => {
    const text = JSON.stringify(told.map(({ event }) => event));
    expect(text).not.toMatch(/token-\d|"token"/i);
  });

  test('says of every release how it began, how it ended and how long it took', () => {
    const of = (type: string) =>
      new Set(
        told
          .filter(({ event }) => event.detailType === type)
          .map(({ event, scenario }) => `${scenario}/${String(event.detail.release)}`),
      );
    const [ended, started, measured] = [of('Release Ended'), of('Release Started'), of('Release Measured')];
    expect([...ended].filter((release) => !started.has(release) || !measured.has(release))).toEqual([]);
    expect(ended.size).toBeGreaterThan(50);
  });
});

test('whoever changes or removes what is written once is told of', () => {
  const item = { pk: 'events#v1.0.0', sk: 'event#Bake', at: '2026-11-21T08:00:00.000Z', event: 'Bake', checks: 3 };
  const later = '2026-11-22T08:00:00.000Z';
  const of = (before: LedgerItem | undefined, after: LedgerItem | undefined) =>
    eventsOf({ id: '1', at: later, before, after }, ORIGIN).map(({ detailType, detail }) => [
      detailType,
      detail.change,
      detail.at,
    ]);

  expect(of(item, { ...item, checks: 0 })).toEqual([['Ledger Altered', 'modified', later]]);
  expect(of({ ...item, pk: 'acts' }, undefined)).toEqual([['Ledger Altered', 'removed', later]]);
  expect(of({ ...item, pk: 'release#v1.0.0', sk: 'record' }, undefined)).toEqual([
    ['Ledger Altered', 'removed', later],
  ]);
  expect(of(undefined, item)).toEqual([['Release Progressed', undefined, item.at]]);
});
