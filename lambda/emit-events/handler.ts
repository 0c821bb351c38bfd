import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { putEvents } from '../aws/event-bus';
import { policy } from '../aws/settings';
import { step } from '../aws/step';
import { eventsOf, type LedgerItem } from '../domain/events';

type Image = Record<string, AttributeValue>;

/** Changes as DynamoDB's stream hands them to Lambda. */
interface StreamEvent {
  readonly Records: readonly {
    readonly eventID: string;
    readonly dynamodb: {
      /** Seconds since 1970. */
      readonly ApproximateCreationDateTime: number;
      readonly OldImage?: Image;
      readonly NewImage?: Image;
    };
  }[];
}

/**
 * EmitEvents: tells EventBridge what the ledger's stream tells. Every transition is written to the ledger before anything
 * else, so that none is lost when the process that made it dies; a change that is told again has the same id.
 */
export const handler = step(async ({ Records }: StreamEvent): Promise<{ emitted: number }> => {
  const { application, environment } = policy();
  const events = Records.flatMap(({ eventID: id, dynamodb }) =>
    eventsOf(
      {
        id,
        at: new Date(dynamodb.ApproximateCreationDateTime * 1000).toISOString(),
        before: itemOf(dynamodb.OldImage),
        after: itemOf(dynamodb.NewImage),
      },
      { application, environment },
    ),
  );
  await putEvents(events);
  return { emitted: events.length };
});

function itemOf(image: Image | undefined): LedgerItem | undefined {
  return image === undefined ? undefined : (unmarshall(image) as LedgerItem);
}
