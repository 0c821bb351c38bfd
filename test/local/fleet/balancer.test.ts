import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BALANCER, DNS_NAME, Stage, until } from './stage';

describe('a balancer in front of real tasks', () => {
  let stage: Stage;
  let server: Server;
  let url: string;

  beforeEach(async () => {
    stage = new Stage();
    const balancer = stage.fleets.balancer(DNS_NAME);
    server = createServer((request, response) => {
      const headers = request.headers as Record<string, string>;
      const body = request.method === 'POST' ? request : null;
      const path = request.url as string;
      void balancer.forward({ method: request.method as string, path, headers, body }, response, {
        start: (_status, out) => void (out['x-decorated'] = 'yes'),
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await stage.settled();
  });

  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await stage.close();
  });

  test('passes method, path, body and answer through', async () => {
    const response = await fetch(`${url}/notes?a=1`, { method: 'POST', body: 'a note' });

    expect(response.status).toBe(200);
    expect(await response.text()).toBe('a note');
    expect(response.headers.get('x-image')).toBe('good');
    expect(response.headers.get('x-secret')).toBe('from the secret');
    expect(response.headers.get('x-decorated')).toBe('yes');
  });

  test('a task that leaves finishes its requests and gets no new ones', async () => {
    const held = fetch(`${url}/hold`);
    await until(() => inFlight(stage) === 1, 'the request');
    stage.register('better');

    await stage.ecs('UpdateService', { service: 'notes-blue', taskDefinition: 'notes-blue' });
    await stage.settled();
    const next = await fetch(url);

    expect(next.headers.get('x-image')).toBe('better');
    expect((await held).status).toBe(200);
    expect(await (await held).text()).toBe('held');
  });

  test('no request fails while tasks are rolled', async () => {
    stage.register('better');
    const statuses = new Set<number>();
    let asking = true;
    const viewer = (async () => {
      while (asking) statuses.add((await fetch(url)).status);
    })();

    await stage.ecs('UpdateService', { service: 'notes-blue', taskDefinition: 'notes-blue' });
    await stage.settled();
    asking = false;
    await viewer;

    expect([...statuses]).toEqual([200]);
  });

  test('without a target it answers 503 itself and counts it', async () => {
    await stage.ecs('UpdateService', { service: 'notes-blue', desiredCount: 0 });
    await until(async () => (await stage.states()).length === 0, 'no target');

    const response = await fetch(url);

    expect(response.status).toBe(503);
    const end = Math.floor(Date.now() / 1000) + 1;
    expect(
      stage.fleets.metrics.read(`HTTPCode_ELB_5XX_Count ${BALANCER.split(':loadbalancer/')[1]}`, end, 60, 'Sum'),
    ).toBe(1);
  });

  test('a task that dies in the middle of a request is a 502, not a repeated request', async () => {
    const response = await fetch(`${url}/exit`);

    expect(response.status).toBe(502);
    expect(
      stage.fleets
        .service('notes-blue')
        .known()
        .filter((task) => task.exitCode === 9).length,
    ).toBeLessThanOrEqual(1);
  });

  test('errors of the tasks ring the alarm of the template', async () => {
    const alarm = async () =>
      (await stage.call('cloudwatch', 'DescribeAlarms', { AlarmNames: ['notes-blue-5xx'] })).MetricAlarms[0];
    expect((await alarm()).StateValue).toBe('OK');

    await fetch(`${url}/500`);
    await until(async () => (await alarm()).StateValue === 'ALARM', 'the alarm');

    expect((await alarm()).StateReason).toMatch(/1 of the last 2 datapoints/);
    await until(async () => (await alarm()).StateValue === 'OK', 'quiet');
  });
});

function inFlight(stage: Stage): number {
  return stage.fleets
    .service('notes-blue')
    .known()
    .reduce((sum, task) => sum + (task.target?.inFlight ?? 0), 0);
}
