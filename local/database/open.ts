import type { Assembly } from '../assembly';
import type { CloudModel } from '../cloud/model';
import { PostgresUsers } from '../../lambda/rotate-secret/postgres';
import { type Credentials, type Role, userPrefix } from '../../lambda/rotate-secret/rotate';
import { DatabaseServer } from './server';
import { Snapshots } from './snapshots';

/** The database that an assembly describes, inside a running server. */
export interface OpenedDatabase {
  readonly server: DatabaseServer;
  readonly snapshots: Snapshots;
  readonly name: string;
  /** SecretStrings of those who sign in, as RDS and the rotation leave them. */
  readonly secrets: Readonly<Record<Role, string>>;
  readonly models: CloudModel;
}

/**
 * Creates the template's database, and its users by the very code that makes them on AWS.
 *
 * @param port what those who sign in get to know. @default - the server's own
 */
export async function openDatabase(
  server: DatabaseServer,
  assembly: Assembly,
  port = server.port,
): Promise<OpenedDatabase> {
  const instance = assembly.find('AWS::RDS::DBInstance');
  const name = String(instance.properties.DBName);
  const { user: username = '', password = '' } = server.connection();
  await server.createDatabase(name);
  const administrator: Credentials = {
    role: 'administrator',
    username,
    password: String(password),
    host: server.host,
    port,
    dbname: name,
  };
  const makers = new PostgresUsers(() => Promise.resolve(administrator), false);
  const credentials = { administrator } as Record<Role, Credentials>;
  for (const role of ['application', 'migrator', 'verifier'] as const) {
    credentials[role] = { ...administrator, role, username: `${userPrefix(name, role)}_a`, password: `${role}-local` };
    await makers.prepare(credentials[role]);
  }
  const snapshots = new Snapshots({ server, database: name, instanceId: instance.physicalId, scope: assembly });
  // The server listens on loopback only; on AWS the absence of "sslmode" means "verify the certificate".
  const more = { engine: 'postgres', dbInstanceIdentifier: instance.physicalId, sslmode: 'disable' };
  const secrets = Object.fromEntries(
    Object.entries(credentials).map(([role, sign]) => [role, JSON.stringify({ ...sign, ...more })]),
  ) as Record<Role, string>;
  return { server, snapshots, name, secrets, models: { rds: snapshots.model } };
}
