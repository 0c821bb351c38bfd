import type {
  DeregisterScalableTargetCommandInput,
  DescribeScalableTargetsCommandInput,
  PutScalingPolicyCommandInput,
  RegisterScalableTargetCommandInput,
  ScalableTarget,
} from '@aws-sdk/client-application-auto-scaling';
import type { ServiceModel } from '../cloud/model';
import { AwsError } from '../cloud/model';
import type { Scope } from './scope';
import type { Service } from './service';

/**
 * The `application-auto-scaling` model. It keeps the bounds that a registration brings (and pulls the desired count
 * into them at once, as the real one does); it does not scale by load: policies are recorded only.
 */
export function scalingModel(services: ReadonlyMap<string, Service>, scope: Scope): ServiceModel {
  const targets = new Map<string, ScalableTarget>();
  const policies = new Map<string, PutScalingPolicyCommandInput>();

  const serviceOf = (resourceId: string | undefined): Service => {
    const found = services.get(resourceId?.split('/').at(-1) ?? '');
    if (!resourceId?.startsWith('service/') || !found) {
      throw new AwsError('ValidationException', `ECS service doesn't exist: ${resourceId ?? ''}`);
    }
    return found;
  };
  const registered = (resourceId: string | undefined): ScalableTarget => {
    const found = targets.get(resourceId ?? '');
    if (!found) {
      throw new AwsError('ObjectNotFoundException', `No scalable target found for resource ID: ${resourceId ?? ''}`);
    }
    return found;
  };

  return {
    RegisterScalableTarget: async (input: RegisterScalableTargetCommandInput) => {
      const service = serviceOf(input.ResourceId);
      const id = input.ResourceId as string;
      const before = targets.get(id);
      const min = input.MinCapacity ?? before?.MinCapacity;
      const max = input.MaxCapacity ?? before?.MaxCapacity;
      if (min === undefined || max === undefined || min > max || min < 0) {
        throw new AwsError('ValidationException', `MinCapacity ${min} and MaxCapacity ${max} are no bounds`);
      }
      targets.set(id, {
        ServiceNamespace: 'ecs',
        ResourceId: id,
        ScalableDimension: 'ecs:service:DesiredCount',
        MinCapacity: min,
        MaxCapacity: max,
        RoleARN: `arn:aws:iam::${scope.account}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService`,
        CreationTime: before?.CreationTime ?? new Date(),
        SuspendedState: input.SuspendedState ?? before?.SuspendedState,
        ScalableTargetARN: `arn:aws:application-autoscaling:${scope.region}:${scope.account}:scalable-target/${id}`,
      });
      service.setDesired(Math.min(max, Math.max(min, service.desiredCount)));
      return { ScalableTargetARN: targets.get(id)?.ScalableTargetARN };
    },

    DeregisterScalableTarget: async (input: DeregisterScalableTargetCommandInput) => {
      registered(input.ResourceId);
      targets.delete(input.ResourceId as string);
      for (const key of policies.keys()) if (key.startsWith(`${input.ResourceId} `)) policies.delete(key);
      return {};
    },

    DescribeScalableTargets: async (input: DescribeScalableTargetsCommandInput) => ({
      ScalableTargets: [...targets.values()].filter(
        (target) => !input.ResourceIds?.length || input.ResourceIds.includes(target.ResourceId as string),
      ),
    }),

    PutScalingPolicy: async (input: PutScalingPolicyCommandInput) => {
      registered(input.ResourceId);
      policies.set(`${input.ResourceId} ${input.PolicyName}`, input);
      return {
        PolicyARN: `arn:aws:autoscaling:${scope.region}:${scope.account}:scalingPolicy:local:resource/ecs/${input.ResourceId}:policyName/${input.PolicyName}`,
        Alarms: [],
      };
    },
  };
}
