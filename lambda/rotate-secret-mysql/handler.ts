import { respond } from '../rotate-secret/respond';
import { MysqlUsers } from './mysql';

/** As `rotate-secret`, for MySQL: a bundle of its own, since the driver is twice as large as everything else. */
export const handler = (event: Parameters<typeof respond>[0]) =>
  respond(event, (administrator) => new MysqlUsers(administrator));
