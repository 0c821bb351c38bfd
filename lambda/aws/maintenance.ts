import { type Maintenance, setMaintenance } from '../domain/route';
import { confirmAtEdge } from './edge';
import { changeRoute, requireRoute } from './route-store';

/** What became of the maintenance state. */
export interface MaintenanceChange {
  /** What people had set before: who only needs it for a while puts that back. */
  readonly before: Maintenance;
  readonly maintenance: Maintenance;
  /** Epoch of the route that says so. */
  readonly epoch: number;
}

/**
 * Sets the maintenance state and waits until the edge follows. No viewer changes color, and a release that is under way
 * goes on: the route stays its own. Asked again it writes nothing.
 *
 * @param settleMs what is waited after the last observation, in milliseconds. @default 1000
 * @throws ReleaseError RouteConflict without a route, and for `off` while a migration runs in read-only mode
 */
export async function putMaintenance(maintenance: Maintenance, settleMs?: number): Promise<MaintenanceChange> {
  const route = await requireRoute();
  // A migration's read-only mode is nobody's to put back.
  const before = route.readOnlyFor === null ? route.maintenance : 'off';
  const done = route.maintenance === maintenance && route.readOnlyFor === null;
  const { epoch } = done ? route : await changeRoute(setMaintenance(maintenance), null);
  await confirmAtEdge(epoch, settleMs);
  return { before, maintenance, epoch };
}
