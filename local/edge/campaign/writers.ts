import { AsyncLocalStorage } from 'node:async_hooks';
import dns from 'node:dns';
import { OPERATOR, startDoor } from '../../cloud';
import type { KeyValueStore } from '../key-value-store';

/** What the writers find in their environment. */
interface Place {
  readonly ROUTE_STORE_ARN: string;
  readonly EDGE_URL: string;
}

/**
 * Lets the workflow's own writers (lambda/aws, SDK and signature included) work on several stores in one process: the
 * SDK's client keeps its endpoint, so that all stores are behind one door, and each scenario has an environment.
 */
export class Writers {
  private static readonly place = new AsyncLocalStorage<Place>();
  private readonly stores = new Map<string, KeyValueStore>();
  private door: Promise<unknown> | undefined;

  /** Runs what moves the route of this store, and asks this edge whether it follows. */
  async at<T>(store: KeyValueStore, edgeUrl: string, run: () => Promise<T>): Promise<T> {
    this.stores.set(store.arn, store);
    await (this.door ??= this.open());
    return Writers.place.run({ ROUTE_STORE_ARN: store.arn, EDGE_URL: edgeUrl }, run);
  }

  private async open(): Promise<void> {
    const of = (operation: string) => async (input: { KvsARN?: string }) =>
      this.stores.get(input.KvsARN ?? '')?.model[operation]?.(input, OPERATOR) as Promise<object>;
    const operations = ['DescribeKeyValueStore', 'GetKey', 'PutKey'];
    const door = await startDoor({
      models: {
        'cloudfront-keyvaluestore': Object.fromEntries(operations.map((name) => [name, of(name)])),
      },
      principals: new Map([['operator', OPERATOR]]),
      allows: () => ({ allowed: true }) as never,
      account: '111122223333',
      region: 'eu-central-1',
    });
    // The KeyValueStore client puts the account id in front of the endpoint's host.
    const resolve = dns.lookup as (...all: unknown[]) => void;
    (dns as { lookup: unknown }).lookup = (host: string, ...rest: unknown[]) =>
      resolve(host.endsWith('.localhost') ? '127.0.0.1' : host, ...rest);
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: door.url.replace('127.0.0.1', 'localhost'),
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'operator',
      AWS_SECRET_ACCESS_KEY: 'local',
    });
    process.env = new Proxy(process.env, {
      get: (environment, name) => Writers.place.getStore()?.[name as keyof Place] ?? environment[name as string],
    });
  }
}
