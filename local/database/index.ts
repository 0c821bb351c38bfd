import type { Assembly } from '../assembly';
import type { CloudModel } from '../cloud/model';
import { DatabaseServer } from './server';
import { Snapshots } from './snapshots';

export { DatabaseServer } from './server';
export type { DatabaseServerOptions } from './server';
export { Snapshots } from './snapshots';

/** The database that an assembly describes, inside a running server. */
export interface OpenedDatabase {
  readonly server: DatabaseServer;
  readonly snapshots: Snapshots;
  readonly name: string;
  /** The user that application and migrator sign in with. */
  readonly user: string;
  readonly password: string;
  /** SecretString of the application's secret, as RDS and the rotation leave it. */
  readonly secret: string;
  readonly models: CloudModel;
}

/** Creates the template's database and its user. */
export async function openDatabase(server: DatabaseServer, assembly: Assembly): Promise<OpenedDatabase> {
  const instance = assembly.find('AWS::RDS::DBInstance');
  const name = String(instance.properties.DBName);
  const user = `${name}_a`;
  const password = `${name}-local`;
  await server.create(name, user, password);
  const snapshots = new Snapshots({ server, database: name, instanceId: instance.physicalId, scope: assembly });
  const secret = JSON.stringify({
    engine: 'postgres',
    host: server.host,
    port: server.port,
    username: user,
    password,
    dbname: name,
    dbInstanceIdentifier: instance.physicalId,
    // The server listens on loopback only; on AWS the absence of this member means "verify the certificate".
    sslmode: 'disable',
  });
  return { server, snapshots, name, user, password, secret, models: { rds: snapshots.model } };
}
