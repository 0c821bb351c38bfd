import { randomUUID } from 'node:crypto';
import type { Assembly } from '../../assembly';
import { AwsError } from '../model';
import type { ServiceModel } from '../model';

/** What was published to a topic. */
export interface Notification {
  readonly topicArn: string;
  readonly subject?: string;
  readonly message: string;
  readonly messageId: string;
  /** Values of string attributes by name. */
  readonly attributes: Readonly<Record<string, string>>;
}

interface PublishInput {
  readonly TopicArn?: string;
  readonly TargetArn?: string;
  readonly Subject?: string;
  readonly Message: string;
  readonly MessageAttributes?: Readonly<Record<string, { StringValue?: string }>>;
}

const LONGEST_MESSAGE = 262_144;

/** Topics of the template. */
export function snsModel(assembly: Assembly, onPublish: (notification: Notification) => void): ServiceModel {
  const topics = new Set(assembly.resources('AWS::SNS::Topic').map(({ physicalId }) => physicalId));
  return {
    Publish: async ({ TopicArn, TargetArn, Subject, Message, MessageAttributes = {} }: PublishInput) => {
      const topicArn = TopicArn ?? TargetArn ?? '';
      if (!topics.has(topicArn)) throw new AwsError('NotFoundException', 'Topic does not exist', 404);
      if (Subject !== undefined && !/^[\x20-\x7e]{1,100}$/.test(Subject)) {
        throw new AwsError('InvalidParameterException', 'Invalid parameter: Subject');
      }
      if (Buffer.byteLength(Message) > LONGEST_MESSAGE) {
        throw new AwsError('InvalidParameterException', 'Invalid parameter: Message too long');
      }
      const messageId = randomUUID();
      const attributes = Object.entries(MessageAttributes).map(([name, { StringValue = '' }]) => [name, StringValue]);
      onPublish({
        topicArn,
        subject: Subject,
        message: Message,
        messageId,
        attributes: Object.fromEntries(attributes),
      });
      return { MessageId: messageId };
    },
  };
}
