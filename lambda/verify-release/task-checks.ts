import { describeFleet, fleetSubnets } from '../aws/fleet';
import { fargateVcpu, manualSnapshots } from '../aws/quotas';
import { freeAddresses, logGroupExists, roleExists, secretState } from '../aws/references';
import { type Checks, failed, ok, warning } from '../domain/checks';
import { idleDeployment, logGroups, ownColors, template } from './situation';

/** What a new task refers to. */
export const taskChecks = (): Checks => ({
  template: async () => {
    const { taskDefinitionArn = '', status, cpu, memory } = await template();
    const name = taskDefinitionArn.split('/').at(-1);
    if (status !== 'ACTIVE') return failed(`${name} is ${status}`, 'deploy the fleet stack again');
    return ok(`${name}, ${cpu} CPU units, ${memory} MiB`);
  },

  roles: async () => {
    const { taskRoleArn, executionRoleArn } = await template();
    const arns = [taskRoleArn, executionRoleArn].filter((each) => each !== undefined);
    const there = await Promise.all(arns.map(roleExists));
    const missing = arns.filter((_, index) => !there[index]);
    if (missing.length > 0) return failed(`missing: ${missing.join(', ')}`, 'deploy the fleet stack again');
    return ok(arns.map((arn) => arn.split('/').at(-1)).join(', '));
  },

  secrets: async () => {
    const { containerDefinitions = [] } = await template();
    const references = containerDefinitions.flatMap(({ secrets = [] }) =>
      secrets.map(({ valueFrom = '' }) => valueFrom),
    );
    const arns = [...new Set(references.map((reference) => reference.split(':').slice(0, 7).join(':')))];
    const states = await Promise.all(arns.map(secretState));
    const wrong = arns.flatMap((arn, index) => (states[index] === 'there' ? [] : [`${arn} is ${states[index]}`]));
    if (wrong.length > 0) return failed(wrong.join('; '), 'restore the secret, or deploy the database stack again');
    return ok(`${references.length} reference(s) to ${arns.length} secret(s)`);
  },

  'log groups': async () => {
    const names = logGroups();
    const there = await Promise.all(names.map(logGroupExists));
    const missing = names.filter((_, index) => !there[index]);
    if (missing.length > 0) return failed(`missing: ${missing.join(', ')}`, 'deploy the fleet stack again');
    return ok(names.join(', '));
  },

  ...Object.fromEntries(
    ownColors().map((color) => [
      `service ${color}`,
      async () => {
        const { attached, rollout, desired, running } = await describeFleet(color);
        if (!attached) return failed('not registered with its target group', 'deploy the fleet stack again');
        const sizes = `${running} of ${desired} tasks run`;
        if (rollout === 'FAILED') return warning(`${sizes}; its last deployment failed`, 'a release deploys it anew');
        return ok(sizes);
      },
    ]),
  ),

  subnets: async () => {
    const { color, tasks } = await idleDeployment();
    const subnets = await fleetSubnets(color);
    const free = await freeAddresses(subnets);
    const missing = subnets.filter((id) => !(id in free));
    if (subnets.length === 0 || missing.length > 0) {
      return failed(`missing: ${missing.join(', ') || 'all'}`, 'deploy the network stack and the fleet stack again');
    }
    const sum = Object.values(free).reduce((total, each) => total + each, 0);
    const found = `${sum} free addresses in ${subnets.length} subnets, ${tasks} are needed for ${color}`;
    // While it deploys, a service may have twice its tasks.
    if (sum < tasks) return failed(found, 'use larger subnets, or end what occupies them');
    return sum < 2 * tasks ? warning(found, 'a second deployment at the same time would not fit') : ok(found);
  },
});

/** What AWS lets an account have in a region. */
export const quotaChecks = (): Checks => ({
  'Fargate vCPU': async () => {
    const [{ limit, used }, { cpu }, { tasks }] = await Promise.all([fargateVcpu(), template(), idleDeployment()]);
    const needed = (tasks * Number(cpu ?? 0)) / 1024;
    const found = `${needed} vCPU are needed, ${used ?? 'an unknown number'} of ${limit} are used`;
    if ((used ?? 0) + needed > limit) {
      return failed(found, 'ask for more: Service Quotas, AWS Fargate, "Fargate On-Demand vCPU resource count"');
    }
    return used === undefined ? warning(found, 'CloudWatch has no usage yet: look at Service Quotas') : ok(found);
  },

  snapshots: async () => {
    const { limit, used } = await manualSnapshots();
    const found = `${used ?? 'an unknown number'} of ${limit} manual snapshots`;
    if (used !== undefined && used >= limit)
      return failed(found, 'delete old ones, or ask for more (Service Quotas, RDS)');
    return used !== undefined && used + 10 > limit ? warning(found, 'delete old ones soon') : ok(found);
  },
});
