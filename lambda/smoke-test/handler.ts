import { confirmAtEdge, VIEWERS_SETTLE_MS } from '../aws/edge';
import { addEvent } from '../aws/ledger';
import { credentialHash, previewCredential } from '../aws/preview';
import { changeRoute } from '../aws/route-store';
import { policy } from '../aws/settings';
import { passSmokeChecks } from '../aws/smoke';
import { step } from '../aws/step';
import { requireTurn } from '../aws/turns';
import type { IdleDeployment, ReleaseState } from '../domain/release';
import { openPreview } from '../domain/route';

/** Longer than a release can wait for its approval, which is 30 days: the preview must outlive it. Its end takes it away. */
const PREVIEW_SECONDS = 35 * 24 * 3600;

/** SmokeTest: opens the preview, then makes the configured requests through the real edge against the idle color. */
export const handler = step(async (state: ReleaseState): Promise<NonNullable<ReleaseState['smoke']>> => {
  const { id: release, version } = state.release;
  const { color } = state.idle as IdleDeployment;
  await requireTurn(state);
  const credential = await previewCredential(release);
  const expires = Math.floor(Date.parse(state.execution.startedAt) / 1000) + PREVIEW_SECONDS;
  const writer = { release, nonce: `${release}:preview` };
  const route = await changeRoute(openPreview(release, credentialHash(credential), expires), writer);
  // From the preview on, pages of the new version find their assets at every location. People take longer to approve.
  const shiftsNext = state.release.kind === 'release' && !policy().approval.required;
  await confirmAtEdge(route.epoch, shiftsNext ? VIEWERS_SETTLE_MS : undefined);
  const checks = policy().smoke;
  const results = await passSmokeChecks(checks, { color, version, credential });
  await addEvent(release, 'SmokeTest', { checks: checks.length, results, epoch: route.moved });
  return { checks: checks.length, epoch: route.moved };
});
