import { confirmAtEdge, VIEWERS_SETTLE_MS } from '../aws/edge';
import { groupsOf, requireInstance } from '../aws/instances';
import { addEvent } from '../aws/ledger';
import { beginSwitch, requirePhase } from '../aws/restore-mark';
import { changeRoute, readRoute } from '../aws/route-store';
import { step } from '../aws/step';
import { requireTurn } from '../aws/turns';
import { requireRenamable } from '../domain/instance-switch';
import { requireSound, type RestoredInstance, type RestorePlan, type RestoreState } from '../domain/restore';
import { setMaintenance } from '../domain/route';

/**
 * BeginMaintenance: a restored database that is not sound goes no further; from here on viewers notice. The switch is written down first, so that recovery knows of it; then
 * the edge lets nobody through, and what is under way at the colors has time to end.
 */
export const handler = step(async (state: RestoreState): Promise<NonNullable<RestoreState['maintenance']>> => {
  const { release, restore, instance, validation } = state;
  requireSound(validation, release.version);
  const { names, old } = restore as RestorePlan;
  const { resource } = instance as Required<RestoredInstance>;
  await requireTurn(state);
  const main = await requireInstance(names.main);
  requireRenamable(main);
  const route = await readRoute();
  await beginSwitch({
    release: release.id,
    names,
    pair: { old, restored: resource },
    groups: groupsOf(main),
    maintenance: route?.maintenance ?? null,
  });
  // Asked with every write: recovery moves the route after it has taken the switch over.
  const guard = async () => void (await requirePhase(release.id, 'switching'));
  await guard();
  if (route === null) return { epoch: 0, at: new Date().toISOString() };
  const { epoch } = await changeRoute(setMaintenance('full'), null, { guard });
  await confirmAtEdge(epoch, VIEWERS_SETTLE_MS);
  await addEvent(release.id, 'BeginMaintenance', { epoch });
  return { epoch, at: new Date().toISOString() };
});
