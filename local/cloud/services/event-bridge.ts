import type { ServiceModel } from '../model';

/** What somebody told the event bus. */
export interface BusEvent {
  readonly source: string;
  readonly detailType: string;
  /** The event's own document. */
  readonly detail: Readonly<Record<string, unknown>>;
}

interface PutEventsInput {
  readonly Entries: readonly { readonly Source: string; readonly DetailType: string; readonly Detail: string }[];
}

/** The default bus. No rule of the templates listens to what the workflow itself tells: people's own rules would. */
export function eventBridgeModel(onEvent: (event: BusEvent) => void): ServiceModel {
  return {
    PutEvents: async ({ Entries }: PutEventsInput) => {
      for (const { Source: source, DetailType: detailType, Detail } of Entries) {
        onEvent({ source, detailType, detail: JSON.parse(Detail) as BusEvent['detail'] });
      }
      return { FailedEntryCount: 0, Entries: Entries.map((_entry, index) => ({ EventId: String(index) })) };
    },
  };
}
