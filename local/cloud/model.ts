/** Who calls an AWS operation in the local mode: the access key id names the function, the role comes from the template. */
export interface Principal {
  /** Physical function name, or `operator` for calls of the command line and of the theatre itself. */
  readonly name: string;
  /** ARN of the role as the template resolves it; undefined for `operator`, who may do everything. */
  readonly roleArn?: string;
}

/** One operation of one service: typed input of the SDK command in, typed output out, or an {@link AwsError}. */
// oxlint-disable-next-line typescript/no-explicit-any -- each model types its own operations
export type Operation = (input: any, principal: Principal) => Promise<object>;

/** Operations by command name without `Command`, for example `DescribeServices`. */
export type ServiceModel = Readonly<Record<string, Operation>>;

/** The services that the workflow calls; the key is the SDK client's package name without `@aws-sdk/client-`. */
export type CloudModel = Partial<Record<ServiceName, ServiceModel>>;

export type ServiceName =
  | 'application-auto-scaling'
  | 'backup'
  | 'cloudfront'
  | 'cloudfront-keyvaluestore'
  | 'cloudwatch'
  | 'cloudwatch-logs'
  | 'dynamodb'
  | 'ec2'
  | 'ecr'
  | 'ecs'
  | 'elastic-load-balancing-v2'
  | 'iam'
  | 'eventbridge'
  | 'lambda'
  | 'rds'
  | 's3'
  | 'scheduler'
  | 'secrets-manager'
  | 'service-quotas'
  | 'sfn'
  | 'sns';

/** An error as AWS would answer it: `code` becomes the SDK error's `name`. */
export class AwsError extends Error {
  constructor(
    readonly code: string,
    message: string,
    /** HTTP status. The SDK retries from 500 on. */
    readonly status = 400,
    /** Members that the error has besides its message, for example DynamoDB's `Item`. */
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = code;
  }
}
