import { PostgresUsers } from './postgres';
import { respond } from './respond';

/** Makes the users of a PostgreSQL database and rotates their secrets. */
export const handler = (event: Parameters<typeof respond>[0]) =>
  respond(event, (administrator) => new PostgresUsers(administrator));
