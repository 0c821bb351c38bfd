import { secretSuffix } from '../assembly/identity';

export interface Partition {
  readonly account: string;
  readonly region: string;
}

/** ARNs of what inputs name. An input that is an ARN already stays as it is. */
export class Arns {
  constructor(private readonly partition: Partition) {}
  of(service: string, resource: string): string {
    return `arn:aws:${service}:${this.partition.region}:${this.partition.account}:${resource}`;
  }
  global(service: string, resource: string): string {
    return `arn:aws:${service}::${this.partition.account}:${resource}`;
  }
  cluster(nameOrArn: string | undefined): string {
    return arnOr(nameOrArn ?? 'default', (name) => this.of('ecs', `cluster/${name}`));
  }
  clusterName(nameOrArn: string | undefined): string {
    const arn = this.cluster(nameOrArn);
    return arn.split('/').at(-1) ?? arn;
  }
  ecs(kind: 'service' | 'task', cluster: string | undefined, nameOrArn: string): string {
    return arnOr(nameOrArn, (name) => this.of('ecs', `${kind}/${this.clusterName(cluster)}/${name}`));
  }
  table(nameOrArn: string): string {
    return arnOr(nameOrArn, (name) => this.of('dynamodb', `table/${name}`));
  }
  trackingAlarms(input: { ResourceId: string }): string {
    return this.of('cloudwatch', `alarm:TargetTracking-${input.ResourceId}-*`);
  }
  function(nameOrArn: string): string {
    return arnOr(nameOrArn, (name) => this.of('lambda', `function:${name}`));
  }
  snapshot(nameOrArn: string): string {
    return arnOr(nameOrArn, (name) => this.of('rds', `snapshot:${name}`));
  }
  secret(nameOrArn: string): string {
    return arnOr(nameOrArn, (name) => this.of('secretsmanager', `secret:${name}-${secretSuffix(name)}`));
  }
}

const arnOr = (text: string, make: (name: string) => string) => (text.startsWith('arn:') ? text : make(text));
