import { COLORS, type Color } from '../domain/color';
import { findDrift, findIdleDrift, type Difference, type FleetFound, type Found } from '../domain/drift';
import { ReleaseError } from '../domain/errors';
import type { Route } from '../domain/route';
import { readState } from './environment-state';
import { describeFleet, fleetNames, runningTasks } from './fleet';
import { readRecord } from './ledger';
import { describeRevision, pinnedDigest } from './revisions';
import { readRoute } from './route-store';
import { readScaling } from './scaling';
import { hasSetting, policy } from './settings';
import { readTurn } from './turns';

/** Looks at everything that has to agree: route, fleets, families, scaling, turn and ledger. Nothing is changed. */
export async function observe(): Promise<Found> {
  const colors = COLORS.filter((color) => hasSetting(color === 'blue' ? 'BLUE_SERVICE' : 'GREEN_SERVICE'));
  const [route, live, { holder }, ...fleets] = await Promise.all([
    hasSetting('ROUTE_STORE_ARN') ? readRoute() : null,
    readState('live'),
    readTurn(),
    ...colors.map(observeFleet),
  ]);
  return {
    route,
    fleets: Object.fromEntries(colors.map((color, index) => [color, fleets[index]])),
    recorded: live && { release: live.release, digest: live.digest },
    holder: holder?.release ?? null,
    holderEnded: holder !== null && (await readRecord(holder.release))?.notifiedAt !== undefined,
    size: policy().size,
  };
}

async function observeFleet(color: Color): Promise<FleetFound> {
  const [fleet, tasks, newest, scaling] = await Promise.all([
    describeFleet(color),
    runningTasks(color),
    describeRevision(fleetNames(color).family),
    // A fleet that is updated in place keeps its size: there is nobody to scale it beside.
    hasSetting('ROUTE_STORE_ARN') ? readScaling(color) : null,
  ]);
  const { definition, release } = await describeRevision(fleet.taskDefinition);
  return {
    taskDefinition: fleet.taskDefinition,
    release: release ?? null,
    active: definition.status !== 'INACTIVE',
    digest: pinnedDigest(definition),
    deployments: fleet.deployments,
    running: tasks.flatMap(({ lastStatus, taskDefinitionArn = '' }) =>
      lastStatus === 'RUNNING' ? [taskDefinitionArn] : [],
    ),
    desired: fleet.desired,
    newest: { taskDefinition: newest.definition.taskDefinitionArn as string, release: newest.release ?? null },
    attached: fleet.attached,
    scaling,
  };
}

/**
 * Right before a cutover: the fleets are what route, ledger and approval say. Both are about to change places, and what
 * is wrong now would be what a revert leads to.
 *
 * @throws ReleaseError DriftDetected naming each dangerous difference, its meaning and its mend
 */
export async function requireNoDrift(
  idle: { readonly color: Color; readonly taskDefinition: string },
  release: string,
): Promise<void> {
  const found = await observe();
  const differences = [
    ...findDrift(found),
    ...findIdleDrift(found.fleets[idle.color] as FleetFound, idle.color, release, idle.taskDefinition),
  ].filter(({ severity }) => severity === 'dangerous');
  if (differences.length === 0) return;
  throw new ReleaseError('DriftDetected', `no traffic is shifted: ${differences.map(inWords).join('; ')}`);
}

/** A difference in one line. */
export function inWords({ name, meaning, mend }: Difference): string {
  return `${name}: ${meaning}; ${mend}`;
}

/** What must not have changed between a look and an act on it. */
export async function sameRouteAndTurn(before: { readonly route: Route | null }): Promise<boolean> {
  const [route, { holder }] = await Promise.all([hasSetting('ROUTE_STORE_ARN') ? readRoute() : null, readTurn()]);
  return holder === null && route?.epoch === before.route?.epoch;
}
