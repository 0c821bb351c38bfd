import { OPTIONAL_STEPS, RELEASE_STEPS, type ReleaseStep } from '../../../lambda/domain/steps';
import type { StepName } from './step-states';

/** Member of the state that a step writes. */
const MEMBERS: Record<Exclude<ReleaseStep, 'RecoverRelease'> | keyof typeof OPTIONAL_STEPS, string> = {
  OpenRelease: 'release',
  AwaitTurn: 'turn',
  CheckImage: 'scan',
  FindRunning: 'running',
  PlanMigrations: 'plan',
  RecordPlan: 'record',
  SnapshotDatabase: 'snapshot',
  AwaitSnapshot: 'snapshot',
  BeginReadOnly: 'readOnly',
  Migrate: 'migration',
  VerifyMigration: 'verification',
  EndReadOnly: 'readOnly',
  DeployIdle: 'idle',
  AwaitHealthy: 'health',
  SmokeTest: 'smoke',
  AwaitApproval: 'approval',
  PrepareCutover: 'cutover',
  ShiftTraffic: 'shift',
  Bake: 'bake',
  CompleteRelease: 'completion',
};

/** A step of the design by its name. */
export function namedStep(name: keyof typeof MEMBERS): StepName {
  return { name, folder: { ...RELEASE_STEPS, ...OPTIONAL_STEPS }[name], member: MEMBERS[name] };
}
