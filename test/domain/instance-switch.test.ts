import {
  type InstanceView,
  type InstanceViews,
  nextReturn,
  nextSwitch,
  type SwitchAct,
} from '../../lambda/domain/instance-switch';
import { instanceNames, requireWithin, resolveSource } from '../../lambda/domain/restore';

const PAIR = { old: 'db-old', restored: 'db-new' };
const is = (resource: string, status = 'available', fenced = false): InstanceView => ({ resource, status, fenced });
const views = (
  main: InstanceView | null,
  before: InstanceView | null,
  restored: InstanceView | null,
): InstanceViews => ({
  main,
  before,
  restored,
});
const [old, fresh] = [is('db-old'), is('db-new')];
const fenced = is('db-old', 'available', true);
const act = ({ act: name, ...rest }: SwitchAct) => ('to' in rest ? `${name} ${rest.from} to ${rest.to}` : name);

test.each<[string, InstanceViews, string, string]>([
  ['before anything', views(old, null, fresh), 'rename main to before', 'done'],
  ['the old one is being renamed', views(is('db-old', 'renaming'), null, fresh), 'wait', 'wait'],
  ['the old one has neither name', views(null, null, fresh), 'wait', 'wait'],
  [
    'the old one has its new name, not ready',
    views(null, is('db-old', 'rebooting', true), fresh),
    'rename restored to main',
    'wait',
  ],
  ['the name is free', views(null, fenced, fresh), 'rename restored to main', 'rename before to main'],
  ['the new one is being renamed', views(null, fenced, is('db-new', 'renaming')), 'wait', 'rename before to main'],
  ['the new one has neither name', views(null, fenced, null), 'wait', 'wait'],
  ['the new one is not ready', views(is('db-new', 'rebooting'), fenced, null), 'wait', 'wait'],
  ['all done', views(fresh, fenced, null), 'done', 'rename main to restored'],
  ['the old one is back, still shut off', views(fenced, null, fresh), 'rename main to before', 'unfence'],
  ['a stranger has the name', views(is('db-else'), fenced, fresh), 'lost', 'lost'],
  ['a stranger has the old one’s', views(null, is('db-else'), fresh), 'lost', 'lost'],
])('%s: forth and back', (_what, seen, forth, back) => {
  expect([act(nextSwitch(seen, PAIR)), act(nextReturn(seen, PAIR))]).toEqual([forth, back]);
});

test.each(['notes-production', 'a'.repeat(63), `${'a'.repeat(44)}-${'b'.repeat(18)}`])(
  'names for %s are what RDS takes',
  (main) => {
    for (const name of Object.values(instanceNames(main, 'restore-1'))) {
      expect(name).toMatch(/^(?!.*--)[a-z][a-z0-9-]{0,61}[a-z0-9]$/);
    }
    expect(new Set(Object.values(instanceNames(main, 'restore-1'))).size).toBe(3);
  },
);

test('a recovery point is restored where it lies, or copied first', () => {
  const arn = (region: string) => `arn:aws:rds:${region}:111122223333:snapshot:awsbackup:job-1`;

  expect(resolveSource({ recoveryPoint: arn('eu-central-1') }, 'eu-central-1')).toEqual({
    kind: 'snapshot',
    snapshot: 'awsbackup:job-1',
  });
  expect(resolveSource({ recoveryPoint: arn('eu-west-1') }, 'eu-central-1')).toMatchObject({
    kind: 'copy',
    region: 'eu-west-1',
  });
});

test.each(['2026-01-01T00:00:00.000Z', '2026-03-01T00:00:00.001Z'])('%s is outside the window', (time) => {
  const window = { from: '2026-02-01T00:00:00.000Z', to: '2026-03-01T00:00:00.000Z' };

  expect(() => requireWithin(time, window)).toThrow('the point-in-time window goes from');
  expect(() => requireWithin(window.to, window)).not.toThrow();
});
