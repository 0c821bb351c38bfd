import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { policy, setting } from './settings';

const client = new SNSClient({});

/**
 * Tells people. The id lets a reader recognise a repeated message; nothing secret goes in.
 *
 * @param id unique for what is told, for example `<release>:end`
 */
export async function notify(id: string, subject: string, detail: Record<string, unknown>): Promise<void> {
  const { application, environment } = policy();
  await client.send(
    new PublishCommand({
      TopicArn: setting('TOPIC_ARN'),
      // SNS takes at most 100 ASCII characters.
      Subject: `${application} ${environment}: ${subject}`.replace(/[^\x20-\x7e]/g, '?').slice(0, 100),
      Message: JSON.stringify({ id, application, environment, subject, ...detail }, null, 2),
    }),
  );
}
