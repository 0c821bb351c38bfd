import { marshall } from '@aws-sdk/util-dynamodb';
import { World } from './cloud/world';

let world: World;
beforeEach(() => (world = new World()));
afterEach(() => world.close());

const record = (id: number, detail: object = {}) => ({
  eventID: `stream-${id}`,
  dynamodb: {
    ApproximateCreationDateTime: 1_795_000_000,
    NewImage: marshall({
      pk: 'events#v1.0.0',
      sk: `event#Step${id}`,
      at: '2026-11-21T08:00:00.000Z',
      event: `Step${id}`,
      ...detail,
    }),
  },
});
const emit = (...Records: object[]) => world.call('emit-events', { Records });
const batches = () =>
  world.door.calls
    .filter(({ operation }) => operation === 'PutEvents')
    .map(({ input }) => (input.Entries as { Detail: string }[]).length);

test('a change is told with the id of the stream, so that a change told again is known', async () => {
  await emit(record(1));
  await emit(record(1));

  expect(world.busEvents).toHaveLength(2);
  for (const event of world.busEvents) {
    expect(event).toMatchObject({
      source: 'greenroom',
      detailType: 'Release Progressed',
      detail: { id: 'stream-1', application: 'notes', environment: 'production', release: 'v1.0.0', event: 'Step1' },
    });
  }
});

test('many are told in as many calls as the bus asks for, in order', async () => {
  await emit(...Array.from({ length: 23 }, (_, index) => record(index)));

  expect(batches()).toEqual([10, 10, 3]);
  expect(world.busEvents.map(({ detail }) => detail.event)).toEqual(Array.from({ length: 23 }, (_, i) => `Step${i}`));
});

test('large ones do not fill a call beyond what it may hold', async () => {
  await emit(...[1, 2, 3].map((id) => record(id, { changesets: 'x'.repeat(90_000) })));

  expect(batches()).toEqual([2, 1]);
});

test('a bus that refuses one has the whole batch told again', async () => {
  (world.door.operations as Record<string, () => Promise<object>>).PutEvents = async () => ({
    FailedEntryCount: 1,
    Entries: [{ EventId: '1' }, { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' }],
  });

  await expect(emit(record(1), record(2))).rejects.toMatchObject({
    name: 'Transient',
    message: expect.stringContaining('refused 1 of 2 events: ThrottlingException: slow down'),
  });
});

test('nothing is told of what is nobody’s business', async () => {
  const token = {
    dynamodb: { ApproximateCreationDateTime: 1, NewImage: marshall({ pk: 'release#v1', sk: 'approval', token: 't' }) },
  };

  expect(await emit({ eventID: '1', ...token })).toEqual({ emitted: 0 });
  expect(batches()).toEqual([]);
});

describe('a state of the environment is told at the time of its change, whatever time stands in it', () => {
  const MOMENT = new Date(1_795_000_000_000).toISOString();
  const FIRST_LIVE = '2026-11-01T08:00:00.000Z';
  const change = (images: { OldImage?: object; NewImage?: object }) => ({
    eventID: 'stream-1',
    dynamodb: {
      ApproximateCreationDateTime: 1_795_000_000,
      ...Object.fromEntries(Object.entries(images).map(([name, image]) => [name, marshall(image)])),
    },
  });
  const live = { pk: 'environment', sk: 'live', release: 'v1.0.0', at: FIRST_LIVE };
  const hold = { pk: 'environment', sk: 'hold', by: 'oscar', reason: 'broken', at: FIRST_LIVE };

  test.each([
    ['a warm revert brings back what went live long ago', { NewImage: live }, { release: 'v1.0.0', at: FIRST_LIVE }],
    ['a hold ends', { OldImage: hold }, null],
  ])('%s', async (_what, images, value) => {
    await emit(change(images));

    expect(world.busEvents).toMatchObject([{ detailType: 'Environment State Changed', detail: { at: MOMENT, value } }]);
  });
});
