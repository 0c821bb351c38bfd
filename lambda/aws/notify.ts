import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { hasSetting, policy, setting } from './settings';

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
      Message: JSON.stringify({ id, application, environment, subject, ...detail, ...link() }, null, 2),
    }),
  );
}

/** Where to see more and decide: a page that asks who comes. Never a link that decides, and never a token. */
function link(): { readonly link?: string } {
  return hasSetting('CONSOLE_URL') ? { link: setting('CONSOLE_URL') } : {};
}
