import { randomUUID } from 'node:crypto';
import type { Assembly } from '../../assembly';
import { Deliveries } from '../deliveries';
import type { DeliveriesOptions } from '../deliveries';
import type { ExecutionDescription } from './execution';
import { matches, targetInput } from './pattern';
import type { EventTarget } from './pattern';
import { rateSeconds } from './rate';

export interface RulesOptions extends DeliveriesOptions {
  readonly assembly: Assembly;
}

interface Rule {
  readonly name: string;
  readonly pattern: unknown;
  readonly targets: readonly EventTarget[];
}

/**
 * EventBridge: rules on events of executions, and `rate(…)` schedules of rules and of the scheduler, as the template
 * has them. Schedules by `cron(…)` do not come due in the time that a local release takes, and are left out.
 */
export class Rules {
  private readonly deliveries: Deliveries;
  private readonly rules: Rule[];

  constructor(private readonly options: RulesOptions) {
    this.deliveries = new Deliveries(options);
    const { assembly } = options;
    const enabled = assembly
      .resources('AWS::Events::Rule')
      .filter(({ properties }) => !String(properties.State ?? 'ENABLED').startsWith('DISABLED'));
    this.rules = enabled
      .filter(({ properties }) => properties.EventPattern)
      .map(({ physicalId: name, properties }) => ({
        name,
        pattern: properties.EventPattern,
        targets: properties.Targets ?? [],
      }));
    for (const { physicalId, properties } of enabled) {
      this.schedule(
        physicalId,
        properties.ScheduleExpression,
        properties.Targets ?? [],
        'Scheduled Event',
        'aws.events',
      );
    }
    for (const { physicalId, properties } of assembly.resources('AWS::Scheduler::Schedule')) {
      if (properties.State !== 'DISABLED') {
        this.schedule(
          physicalId,
          properties.ScheduleExpression,
          [properties.Target],
          'Scheduled Event',
          'aws.scheduler',
        );
      }
    }
  }

  /** The execution has another status. */
  executionChanged(execution: ExecutionDescription): void {
    const { executionArn, stateMachineArn, name, status, startDate, stopDate, input } = execution;
    const event = this.event('Step Functions Execution Status Change', 'aws.states', [executionArn], {
      executionArn,
      stateMachineArn,
      name,
      status,
      startDate: startDate.getTime(),
      stopDate: stopDate?.getTime() ?? null,
      input,
      inputDetails: { included: true },
      output: execution.output ?? null,
      outputDetails: execution.output === undefined ? null : { included: true },
      error: execution.error ?? null,
      cause: execution.cause ?? null,
    });
    for (const rule of this.rules) {
      if (matches(rule.pattern, event)) for (const target of rule.targets) void this.send(rule.name, target, event);
    }
  }

  close(): void {
    this.deliveries.close();
  }

  private schedule(
    name: string,
    expression: string | undefined,
    targets: readonly EventTarget[],
    type: string,
    source: string,
  ) {
    const seconds = expression === undefined ? undefined : rateSeconds(expression);
    if (seconds === undefined) return;
    this.deliveries.every(seconds, async () => {
      const event = this.event(type, source, [name], {});
      await Promise.all(targets.map((target) => this.send(name, target, event)));
    });
  }

  private async send(source: string, target: EventTarget, event: object): Promise<void> {
    let input: unknown;
    try {
      input = targetInput(target, event);
    } catch (error) {
      return this.options.onProblem({ source, error: error as Error });
    }
    await this.deliveries.deliver(source, target.Arn, input);
  }

  private event(type: string, source: string, resources: string[], detail: object) {
    const { account, region } = this.options.assembly;
    const time = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    return { version: '0', id: randomUUID(), 'detail-type': type, source, account, time, region, resources, detail };
  }
}
