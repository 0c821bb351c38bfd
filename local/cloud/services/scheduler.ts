import type { Assembly } from '../../assembly';
import type { Deliveries } from '../deliveries';
import { rateSeconds } from '../executions/rate';
import { AwsError } from '../model';
import type { ServiceModel } from '../model';
import type { Allows } from '../roles';

interface ScheduleInput {
  readonly Name: string;
  readonly GroupName?: string;
  readonly ScheduleExpression: string;
  readonly ScheduleExpressionTimezone?: string;
  readonly State?: 'ENABLED' | 'DISABLED';
  readonly ActionAfterCompletion?: 'NONE' | 'DELETE';
  readonly Target: { readonly Arn: string; readonly RoleArn: string; readonly Input?: string };
}

/** Schedules that functions make: once at a time, or at a rate. Both come scaled. */
export function schedulerModel(assembly: Assembly, deliveries: Deliveries, allows?: Allows): ServiceModel {
  const groups = new Set([
    'default',
    ...assembly.resources('AWS::Scheduler::ScheduleGroup').map(({ physicalId }) => physicalId),
  ]);
  /** By `group/name`: how to call it off. */
  const schedules = new Map<string, () => void>();

  const fire = async (key: string, { Target }: ScheduleInput) => {
    const { Arn, RoleArn, Input = '{}' } = Target;
    const decision = allows?.({ name: 'scheduler', roleArn: RoleArn }, 'lambda:InvokeFunction', Arn);
    await deliveries.deliver(key, decision && !decision.allowed ? decision.reason : Arn, JSON.parse(Input));
  };

  const arrange = (key: string, input: ScheduleInput): (() => void) => {
    if (input.State === 'DISABLED') return () => undefined;
    const seconds = rateSeconds(input.ScheduleExpression);
    if (seconds !== undefined) return deliveries.every(seconds, () => fire(key, input));
    return deliveries.after((timeOf(input) - Date.now()) / 1000, () => {
      if (input.ActionAfterCompletion === 'DELETE') schedules.delete(key);
      void fire(key, input);
    });
  };

  return {
    CreateSchedule: async (input: ScheduleInput) => {
      const { Name, GroupName = 'default' } = input;
      if (!/^[\w.-]{1,64}$/.test(Name)) throw invalid(`the name ${Name} does not fit [0-9a-zA-Z-_.]{1,64}`);
      if (!groups.has(GroupName)) {
        throw new AwsError('ResourceNotFoundException', `Schedule group ${GroupName} does not exist.`, 404);
      }
      if (!isJson(input.Target.Input ?? '{}')) throw invalid('the Input of a function is JSON');
      const key = `${GroupName}/${Name}`;
      if (schedules.has(key)) throw new AwsError('ConflictException', `Schedule ${Name} already exists.`, 409);
      schedules.set(key, arrange(key, input));
      return { ScheduleArn: `arn:aws:scheduler:${assembly.region}:${assembly.account}:schedule/${key}` };
    },
    DeleteSchedule: async ({ Name, GroupName = 'default' }: { Name: string; GroupName?: string }) => {
      const callOff = schedules.get(`${GroupName}/${Name}`);
      if (!callOff) throw new AwsError('ResourceNotFoundException', `Schedule ${Name} does not exist.`, 404);
      callOff();
      schedules.delete(`${GroupName}/${Name}`);
      return {};
    },
  };
}

/** `at(yyyy-mm-ddThh:mm:ss)`, in UTC. */
function timeOf({ ScheduleExpression, ScheduleExpressionTimezone = 'UTC' }: ScheduleInput): number {
  const [, text] = /^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)$/.exec(ScheduleExpression) ?? [];
  const time = Date.parse(`${text}Z`);
  if (Number.isNaN(time)) throw invalid(`Invalid Schedule Expression ${ScheduleExpression}.`);
  if (ScheduleExpressionTimezone !== 'UTC') throw invalid('the local scheduler knows UTC only');
  return time;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const invalid = (message: string) => new AwsError('ValidationException', message);
