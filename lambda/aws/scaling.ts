import {
  ApplicationAutoScalingClient,
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import type { Color } from '../domain/color';
import type { ScalingFound } from '../domain/drift';
import { fleetNames } from './fleet';
import { policy, setting } from './settings';

const client = new ApplicationAutoScalingClient({});

function target(color: Color) {
  return {
    ServiceNamespace: 'ecs' as const,
    ScalableDimension: 'ecs:service:DesiredCount' as const,
    ResourceId: `service/${setting('CLUSTER_NAME')}/${fleetNames(color).service}`,
  };
}

/** The live color scales between the configured bounds, by CPU. Only the workflow registers, never the template. */
export async function startScaling(color: Color): Promise<void> {
  const { min, max, targetCpuPercent } = policy().size;
  await client.send(
    new RegisterScalableTargetCommand({
      ...target(color),
      MinCapacity: min,
      MaxCapacity: max,
      SuspendedState: { DynamicScalingInSuspended: false },
    }),
  );
  await client.send(
    new PutScalingPolicyCommand({
      ...target(color),
      PolicyName: `${fleetNames(color).service}-cpu`,
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: targetCpuPercent,
        PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
      },
    }),
  );
}

/** A live color that scales at all does not scale in until scaling is started anew. */
export async function suspendScaleIn(color: Color): Promise<void> {
  if (!(await scales(color))) return;
  await client.send(
    new RegisterScalableTargetCommand({ ...target(color), SuspendedState: { DynamicScalingInSuspended: true } }),
  );
}

/**
 * A live color that scales at all scales in again. Its bounds are left alone: registering them anew would pull the
 * size of the live fleet into them at once. One that does not scale begins to.
 */
export async function resumeScaling(color: Color): Promise<void> {
  if (!(await scales(color))) return startScaling(color);
  await client.send(
    new RegisterScalableTargetCommand({ ...target(color), SuspendedState: { DynamicScalingInSuspended: false } }),
  );
}

/** The color keeps its size from now on. */
export async function stopScaling(color: Color): Promise<void> {
  if (await scales(color)) await client.send(new DeregisterScalableTargetCommand(target(color)));
}

/** Bounds and suspension of a color that scales; null for one that keeps its size. */
export async function readScaling(color: Color): Promise<ScalingFound | null> {
  const { ServiceNamespace, ScalableDimension, ResourceId } = target(color);
  const { ScalableTargets } = await client.send(
    new DescribeScalableTargetsCommand({ ServiceNamespace, ScalableDimension, ResourceIds: [ResourceId] }),
  );
  const found = ScalableTargets?.[0];
  if (found === undefined) return null;
  const { MinCapacity: min = 0, MaxCapacity: max = 0, SuspendedState } = found;
  return { min, max, suspended: SuspendedState?.DynamicScalingInSuspended ?? false };
}

async function scales(color: Color): Promise<boolean> {
  return (await readScaling(color)) !== null;
}
