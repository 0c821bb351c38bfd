import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { ChangelogReference, RunningVersions } from '../domain/release';
import type { ExplainedPlan } from '../domain/release-plan';
import { policy } from './settings';

const client = new LambdaClient({});

/**
 * Asks PlanMigrations, which sits in the network beside the database, what it would find. Nothing is written.
 *
 * @throws Error with the planner's own name and message when it fails, for example because the database is unreachable
 */
export async function explainMigrations(
  release: { readonly version: string; readonly changelog: ChangelogReference },
  running: RunningVersions,
): Promise<ExplainedPlan> {
  return ask('plan-migrations', { release: { ...release, kind: 'release' }, running, explain: true });
}

/**
 * Asks VerifyMigration for the queries of a changelog's `verify/*.sql`.
 *
 * @throws Error with its own name and message, for example VerificationFailed
 */
export async function askAssertions(changelog: ChangelogReference): Promise<{ readonly checks: number }> {
  return ask('verify-migration', { release: { changelog } });
}

async function ask<Result>(folder: string, event: object): Promise<Result> {
  const { application, environment } = policy();
  const { FunctionError, Payload } = await client.send(
    new InvokeCommand({
      FunctionName: `${application}-${environment}-${folder}`,
      Payload: Buffer.from(JSON.stringify(event)),
    }),
  );
  const answer: unknown = JSON.parse(Buffer.from(Payload ?? []).toString() || 'null');
  if (FunctionError === undefined) return answer as Result;
  const { errorType = 'Error', errorMessage = 'no message' } = answer as Record<string, string>;
  throw Object.assign(new Error(errorMessage), { name: errorType });
}
