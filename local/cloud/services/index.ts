import { EventEmitter } from 'node:events';
import type { Assembly } from '../../assembly';
import { Deliveries } from '../deliveries';
import type { Problem } from '../deliveries';
import type { FunctionPool } from '../functions/pool';
import type { CloudModel } from '../model';
import type { Allows } from '../roles';
import { accountModels } from './account';
import { startDynamoDb } from './dynamodb';
import { ecrModel } from './ecr';
import { type BusEvent, eventBridgeModel } from './event-bridge';
import type { EcrImage } from './ecr';
import { lambdaModel } from './lambda';
import { s3Model } from './s3';
import { schedulerModel } from './scheduler';
import { secretsModel } from './secrets';
import { snsModel } from './sns';
import type { Notification } from './sns';
import { withStreams } from './streams';

export type { EcrImage } from './ecr';
export type { Notification } from './sns';

export interface SimpleModelsOptions {
  readonly assembly: Assembly;
  readonly functions: Pick<FunctionPool, 'invoke' | 'names'>;
  /** Folder that holds one folder for every bucket, and in it a file for every object; made when missing. */
  readonly bucketsDir: string;
  /** The door's URL, asked for when it is open. */
  readonly doorUrl: () => string;
  /** SecretString by ARN or name; asked at each call, so that a rotation shows. Undefined: there is no such secret. */
  readonly secrets: (arn: string, name: string) => string | undefined;
  /** Images of all repositories; PutImage changes the array, and so may the caller at any time. */
  readonly images: EcrImage[];
  /** Schedules come true after (time − now) / speed. */
  readonly speed: number;
  /** Asked whether a schedule's role may invoke its function. @default - not asked */
  readonly allows?: Allows;
}

export interface SimpleModels {
  readonly models: CloudModel;
  /** Published notifications, events on the bus, and asynchronous invocations that failed. */
  readonly events: EventEmitter<{ notification: [Notification]; bus: [BusEvent]; problem: [Problem] }>;
  /** URL of the DynamoDB behind the door. */
  readonly dynamodbUrl: string;
  close(): Promise<void>;
}

/** dynamodb, s3, secrets-manager, sns, scheduler, ecr and lambda. */
export async function simpleModels(options: SimpleModelsOptions): Promise<SimpleModels> {
  const { assembly, functions, speed } = options;
  const events: SimpleModels['events'] = new EventEmitter();
  const deliveries = new Deliveries({ functions, speed, onProblem: (problem) => events.emit('problem', problem) });
  const dynamodb = await startDynamoDb(assembly);
  return {
    events,
    dynamodbUrl: dynamodb.url,
    models: {
      dynamodb: withStreams(dynamodb.model, assembly, deliveries),
      eventbridge: eventBridgeModel((event) => events.emit('bus', event)),
      s3: s3Model(assembly, options.bucketsDir),
      'secrets-manager': secretsModel(assembly, options.secrets),
      sns: snsModel(assembly, (notification) => events.emit('notification', notification)),
      scheduler: schedulerModel(assembly, deliveries, options.allows),
      ecr: ecrModel(assembly, options.images),
      lambda: lambdaModel(functions, deliveries, options),
      ...accountModels(assembly),
    },
    close: async () => {
      deliveries.close();
      await dynamodb.close();
    },
  };
}
