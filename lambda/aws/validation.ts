import type { ChangelogReference } from '../domain/release';
import { parseDatabaseSecret } from '../migrator/connect';
import { validateDatabase, withFirstSecret } from '../migrator/validate';
import type { Validation } from '../migrator/validate';
import { readChangelogArtifact } from './artifacts';
import { readPreviousSecret, readSecret } from './secrets';
import { policy, setting } from './settings';

/** Which database to validate, and against what. */
export interface ValidationRequest {
  /** Address of the instance. @default - the environment's own database */
  readonly host?: string;
  /** @default - the port of the environment's own database */
  readonly port?: number;
  /** The changelog that the database is expected to have. @default - none: only its tables are read */
  readonly changelog?: ChangelogReference;
  /** Whether changesets that the database does not have are findings. @default true */
  readonly complete?: boolean;
  /** Milliseconds for reading the tables. @default 300000 */
  readonly readMs?: number;
}

/**
 * Validates a database with the verifier's credentials, which can read and nothing else. It runs beside the database,
 * in the network.
 *
 * @throws ReleaseError Transient when the database cannot be reached, MigrationFailed when it does not let the verifier
 *   in, ChangelogInvalid when the changelog is not the recorded one
 */
export async function validateAt(request: ValidationRequest): Promise<Validation> {
  const { changelog: reference, host, port, complete, readMs } = request;
  const changelog = reference && (await readChangelogArtifact(reference));
  const arn = setting('VERIFIER_SECRET_ARN');
  const versions = [await readSecret(arn), await readPreviousSecret(arn)].filter((text) => text !== undefined);
  const secrets = versions.map(parseDatabaseSecret);
  const contexts = [policy().environment];
  return withFirstSecret(secrets, { host, port, database: setting('DATABASE_NAME') }, (database) =>
    validateDatabase(database, { changelog, contexts, complete, readMs }),
  );
}
