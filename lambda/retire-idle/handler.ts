import { changeRoute, requireRoute, wroteLast } from '../aws/route-store';
import { confirmAtEdge } from '../aws/edge';
import { updateFleet } from '../aws/fleet';
import type { Retirement } from '../aws/retirement';
import { stopScaling } from '../aws/scaling';
import { step } from '../aws/step';
import { retireStandby } from '../domain/route';

/** RetireIdle: the revert window is over. Looked at anew at this moment: another release's standby is left alone. */
export const handler = step(async ({ color, release, since }: Retirement): Promise<{ retired: boolean }> => {
  const nonce = `${release}:retire`;
  const route = await requireRoute();
  const own = route.writer.nonce === nonce;
  if (!own && (route.standby !== color || route.releases[color] !== release || route.standbySince !== since))
    return { retired: false };
  const after = await changeRoute(retireStandby(color), { release, nonce });
  await confirmAtEdge(after.epoch);
  await stopScaling(color);
  // Since then a release may have claimed the color: its fleet is not ours to scale in.
  if (await wroteLast(nonce)) await updateFleet(color, 0);
  return { retired: true };
});
