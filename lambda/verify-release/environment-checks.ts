import { lookAtAlarms } from '../aws/alarms';
import { requireDistributionDeployed } from '../aws/distribution';
import { inWords, observe } from '../aws/drift';
import { observedEpoch } from '../aws/edge';
import { readState } from '../aws/environment-state';
import { findExemption } from '../aws/exemptions';
import { hasSetting, policy } from '../aws/settings';
import { readTurn } from '../aws/turns';
import { type Checks, failed, ok, skipped, warning } from '../domain/checks';
import type { Color } from '../domain/color';
import { findDrift } from '../domain/drift';
import { isBelow } from '../domain/floor';
import { activeFreeze } from '../domain/freeze';
import { ownColors, readOwnRoute } from './situation';

/** What keeps releases out, and whether what runs is what should. */
export const environmentChecks = (version: string | undefined): Checks => ({
  hold: async () => {
    const hold = await readState('hold');
    if (hold === null) return ok('releases are let in');
    return failed(`${hold.by} holds releases since ${hold.at}: ${hold.reason}`, 'greenroom resume');
  },

  freeze: async () => {
    const now = new Date();
    const freeze = activeFreeze(policy().freeze, await readState('freeze'), now);
    if (freeze === null) return ok('no freeze');
    const exemption = version === undefined ? null : await findExemption(version, now);
    if (exemption === null) return failed(freeze, 'wait for its end, or have an operator exempt the version');
    return warning(`${freeze}; ${version} is exempted by ${exemption.by}: ${exemption.reason}`, 'nothing');
  },

  turn: async () => {
    const { holder, waiting } = await readTurn();
    if (holder === null) return ok('the turn is free');
    const found = `${holder.release} has the turn${waiting.length > 0 ? `, ${waiting.length} wait` : ''}`;
    return warning(found, `a release would wait its turn, or as "concurrency" says (${policy().concurrency})`);
  },

  'revert floor': async () => {
    const floor = await readState('floor');
    if (floor === null) return ok('none');
    if (version === undefined || !isBelow(floor, version)) return ok(`${floor.version}, raised by ${floor.release}`);
    return failed(`${version} is below ${floor.version}, raised by ${floor.release}`, 'release a newer version');
  },

  drift: async () => {
    const differences = findDrift(await observe());
    if (differences.length === 0) return ok('route, fleets and ledger agree');
    const words = differences.map(inWords).join('; ');
    const dangerous = differences.some(({ severity }) => severity === 'dangerous');
    return (dangerous ? failed : warning)(words, 'docs/runbook.md, what the drift guard finds');
  },
});

/** The route, as the store and as the edge has it. */
export const edgeChecks = (): Checks => ({
  route: async () => {
    if (!hasSetting('ROUTE_STORE_ARN')) return skipped('an environment with one fleet has none');
    const route = await readOwnRoute();
    if (route === null) return ok('none yet: the first release writes it');
    const found = `epoch ${route.epoch}, ${route.live} is live${route.standby ? `, ${route.standby} stands by` : ''}`;
    if (route.maintenance !== 'off')
      return warning(`${found}, maintenance is ${route.maintenance}`, 'greenroom maintenance off');
    return ok(found);
  },

  edge: async () => {
    const route = await readOwnRoute();
    if (route === null) return skipped('there is no route to see');
    const seen = await observedEpoch();
    if (seen === route.epoch) return ok(`serves epoch ${seen}`);
    return failed(
      seen === 0 ? 'does not answer the probe' : `serves epoch ${seen}, the store has ${route.epoch}`,
      'wait some seconds; then look at the web ACL (it must let /.greenroom/route through) and the distribution',
    );
  },

  distribution: async () => {
    await requireDistributionDeployed();
    return ok('is deployed');
  },
});

/** Alarms that a release would listen to. */
export const alarmChecks = (): Checks =>
  Object.fromEntries(ownColors().map((color) => [color, () => lookAtColor(color)]));

async function lookAtColor(color: Color) {
  const route = await readOwnRoute();
  const { stops, setAside, silent } = await lookAtAlarms(color);
  if (stops.length > 0) {
    // What rings on the live color may be what the release mends.
    const isLive = route !== null && route.live === color;
    const say = isLive && stops.every((each) => !each.includes('does not exist')) ? warning : failed;
    return say(stops.join('; '), 'docs/runbook.md, alarms');
  }
  if (setAside.length > 0)
    return warning(`${setAside.join(', ')} rings, and would be set aside`, 'docs/runbook.md, alarms');
  return ok(silent.length > 0 ? `quiet, ${silent.length} without data` : 'quiet');
}
