interface MigrationTask {
  readonly startedBy: string;
  readonly startedAt: number;
  /** Set when it was stopped. */
  exitCode?: number;
}

/* oxlint-disable typescript/no-explicit-any -- each operation has its own input */
type Operations = Record<string, (input: any) => Promise<any>>;

/** ECS as the migrator's tasks see it: a token starts one task, which works for a while and ends. */
export class MigrationTasks {
  /** By the token that each was started with. */
  readonly all = new Map<string, MigrationTask>();
  /** How long a task works, and how it ends. */
  works = { ms: 60_000, exitCode: 0 };
  /** The last line that a failed one logs. */
  lastLine = '{"failed":{"name":"ChangelogDrift","message":"a.sql:1: it was changed"}}';

  constructor(
    private readonly now: () => number,
    private readonly arn: string,
  ) {}

  /** What is asked of ECS and of a task's log, beside what others ask. */
  operations({ ListTasks: listOthers, DescribeTasks: describeOthers, GetLogEvents: readOthers }: Operations) {
    const last = () => [...this.all.values()].at(-1)!;
    return {
      RunTask: async ({ clientToken, startedBy }: any) => {
        if (!this.all.has(clientToken)) this.all.set(clientToken, { startedBy, startedAt: this.now() });
        return { tasks: [{ taskArn: this.arn }] };
      },
      DescribeTasks: async (input: any) => {
        if (input.tasks[0] !== this.arn) return describeOthers!(input);
        const { startedAt } = last();
        const exitCode = this.exitCodeOf(last());
        const ended = exitCode !== undefined && { containers: [{ exitCode }], stoppedReason: 'it ended' };
        const lastStatus = ended ? 'STOPPED' : 'RUNNING';
        return { tasks: [{ taskArn: this.arn, lastStatus, createdAt: new Date(startedAt), ...ended }] };
      },
      ListTasks: async (input: any) => {
        if (input.startedBy === undefined) return listOthers!(input);
        const runs = (each: MigrationTask) => each.startedBy === input.startedBy && this.exitCodeOf(each) === undefined;
        return { taskArns: [...this.all.values()].filter(runs).map(() => this.arn) };
      },
      StopTask: async () => {
        last().exitCode = 143;
        return {};
      },
      GetLogEvents: async (input: any) =>
        input.logStreamName.startsWith('migrate/') ? { events: [{ message: this.lastLine }] } : readOthers!(input),
    };
  }

  private exitCodeOf({ startedAt, exitCode }: MigrationTask): number | undefined {
    return exitCode ?? (this.now() - startedAt >= this.works.ms ? this.works.exitCode : undefined);
  }
}
/* oxlint-enable typescript/no-explicit-any */
