import type { Deliveries } from '../deliveries';
import { nameOf } from '../functions/pool';
import type { FunctionPool } from '../functions/pool';
import { AwsError } from '../model';
import type { Assembly } from '../../assembly';
import { urlOf } from '../function-urls';
import type { ServiceModel } from '../model';

interface InvokeInput {
  readonly FunctionName: string;
  readonly InvocationType?: 'RequestResponse' | 'Event' | 'DryRun';
  readonly Payload?: Uint8Array;
}

/** Invocations from outside Step Functions: by operators, by the command line, by other functions. */
export function lambdaModel(
  functions: Pick<FunctionPool, 'invoke' | 'names'>,
  deliveries: Deliveries,
  urls: { readonly assembly: Assembly; readonly doorUrl: () => string },
): ServiceModel {
  return {
    GetFunctionUrlConfig: async ({ FunctionName, Qualifier = '' }: { FunctionName: string; Qualifier?: string }) => {
      const arn = `:function:${nameOf(FunctionName)}`;
      const found = urls.assembly
        .resources('AWS::Lambda::Url')
        .find(
          ({ properties }) => properties.Qualifier === Qualifier && String(properties.TargetFunctionArn).endsWith(arn),
        );
      if (!found) throw new AwsError('ResourceNotFoundException', 'The resource you requested does not exist.', 404);
      return {
        FunctionUrl: urlOf(urls.doorUrl(), FunctionName, Qualifier),
        FunctionArn: found.properties.TargetFunctionArn,
        AuthType: found.properties.AuthType,
        CreationTime: '2026-01-01T00:00:00Z',
      };
    },
    Invoke: async ({ FunctionName, InvocationType = 'RequestResponse', Payload }: InvokeInput) => {
      const name = nameOf(FunctionName);
      if (!functions.names().includes(name)) {
        throw new AwsError('ResourceNotFoundException', `Function not found: ${FunctionName}`, 404);
      }
      const payload = parse(Payload);
      if (InvocationType === 'DryRun') return { StatusCode: 204 };
      if (InvocationType === 'Event') {
        void deliveries.deliver('Invoke', `:function:${name}`, payload);
        return { StatusCode: 202 };
      }
      try {
        const result = await functions.invoke(FunctionName, payload);
        return { StatusCode: 200, ExecutedVersion: '$LATEST', Payload: bytes(result ?? null) };
      } catch (error) {
        const { name: errorType, message: errorMessage, trace } = error as Error & { trace?: string[] };
        const failure = { errorType, errorMessage, ...(trace && { trace }) };
        return { StatusCode: 200, ExecutedVersion: '$LATEST', FunctionError: 'Unhandled', Payload: bytes(failure) };
      }
    },
  };
}

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

function parse(payload: Uint8Array | undefined): unknown {
  if (!payload?.length) return {};
  try {
    return JSON.parse(Buffer.from(payload).toString('utf8'));
  } catch {
    throw new AwsError('InvalidRequestContentException', 'Could not parse request body into json');
  }
}
