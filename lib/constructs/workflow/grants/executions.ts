import { CONSOLE_ALIAS } from '../../../../lambda/domain/steps';
import { PEOPLES_ACTS } from '../functions';
import { allow, colonArn, functionArn, type Grant, type GrantTargets, hasColors } from './grant';

const machine = (t: GrantTargets, name: string) => colonArn(t, 'states', 'stateMachine', name);

/** Releases, migrations without a release and restores take the same turn. */
const machineNames = (t: GrantTargets) =>
  [t.stateMachineName, t.migrationMachineName, t.restoreMachineName].filter((name) => name !== '');
const machines = (t: GrantTargets) => machineNames(t).map((name) => machine(t, name));
const executions = (t: GrantTargets) => machineNames(t).map((name) => colonArn(t, 'states', 'execution', `${name}:*`));

export const describeExecutions: Grant = (t) => [allow(['states:DescribeExecution'], executions(t))];
export const stopExecutions: Grant = (t) => [allow(['states:StopExecution'], executions(t))];
export const startExecutions: Grant = (t) => [allow(['states:StartExecution'], [machine(t, t.stateMachineName)])];

/** Whoever gives the turn up or takes it from a dead holder tells the next one, and those whose claim has ended by it. */
export const passTurnOn: Grant = (t) => [
  ...describeExecutions(t),
  ...stopExecutions(t),
  allow(['states:SendTaskSuccess', 'states:SendTaskFailure'], machines(t)),
];

/** Releases and restores wait for an approval. */
export const answerApprovals: Grant = (t) => [
  allow(
    ['states:SendTaskSuccess', 'states:SendTaskFailure'],
    machines(t).filter((each) => each !== machine(t, t.migrationMachineName)),
  ),
];

const invoke =
  (folders: (t: GrantTargets) => string[]): Grant =>
  (t) => [
    allow(
      ['lambda:InvokeFunction'],
      folders(t).map((folder) => functionArn(t, folder)),
    ),
  ];

/** PlanMigrations and VerifyMigration write nothing, whoever asks. */
export const askDatabase = invoke(() => ['plan-migrations', 'verify-migration']);

/** The function that makes the database's users, asked for those of a database that was given back. */
export const invokeMendUsers = invoke(() => ['rotate-secret']);

export const invokeValidation = invoke(() => ['validate-database']);

/** By the alias that is the console's alone: through it, whoever calls says which person has signed in. */
export const callInNameOfPeople = invoke((t) =>
  PEOPLES_ACTS.filter((folder) => hasColors(t) || folder === 'operate').map((folder) => `${folder}:${CONSOLE_ALIAS}`),
);
