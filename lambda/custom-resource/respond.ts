import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a custom resource answers: its physical id, and the attributes that `Fn::GetAtt` reads. */
export interface ResourceAnswer {
  /** Must stay the same for the life of the resource: another id makes CloudFormation delete the old one. */
  readonly physicalId: string;
  /** @default - no attributes */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** CloudFormation waits for an answer up to its timeout, so a lost one is worth trying again. */
const ATTEMPTS = 4;
const PAUSE_MS = 1_000;

/**
 * Makes a Lambda handler of what a custom resource does: CloudFormation gets the answer, or the error's message as the
 * reason of the failure.
 */
export function customResource(
  act: (event: CloudFormationCustomResourceEvent) => Promise<ResourceAnswer>,
): (event: CloudFormationCustomResourceEvent) => Promise<void> {
  return async (event) => {
    const { StackId, RequestId, LogicalResourceId } = event;
    const known = 'PhysicalResourceId' in event ? event.PhysicalResourceId : LogicalResourceId;
    let answer: Record<string, unknown>;
    try {
      const { physicalId, attributes } = await act(event);
      answer = { Status: 'SUCCESS', PhysicalResourceId: physicalId, Data: attributes ?? {} };
    } catch (error) {
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      answer = { Status: 'FAILED', PhysicalResourceId: known, Reason: reason };
    }
    await send(event.ResponseURL, JSON.stringify({ ...answer, StackId, RequestId, LogicalResourceId }));
  };
}

async function send(url: string, answer: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      // Bytes, not text: with text, fetch adds a content type that the signature of the URL does not know.
      const response = await fetch(url, { method: 'PUT', body: Buffer.from(answer) });
      await response.arrayBuffer();
      if (response.ok) return;
      throw new Error(`CloudFormation's answer address replied ${response.status}`);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await sleep(PAUSE_MS * attempt);
    }
  }
}
