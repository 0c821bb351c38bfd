import { setTimeout as sleep } from 'node:timers/promises';
import { startRelease } from '../aws/executions';
import { callAs } from '../aws/call-as';
import { previewCredential } from '../aws/preview';
import { requireRoute } from '../aws/route-store';
import { hasSetting, setting } from '../aws/settings';
import { CONSOLE_ACTS, type ConsolePerson, type ConsoleAct, isAct, Refusal, requireRole } from '../domain/console';
import { isVersion } from '../domain/request';
import { previewLink } from '../domain/route';

type Body = Readonly<Record<string, unknown>>;
type Run = (person: ConsolePerson, body: Body) => Promise<object>;

/** API Gateway gives up after 30 s; a revert that confirms itself at the edge may take longer, and goes on by itself. */
const PATIENCE_MS = 24_000;

const RUNS: Readonly<Record<ConsoleAct, Run>> = {
  preview: (_person, body) => preview(text(body, 'release')),
  approve: (person, body) => callAs('decide', person, { release: text(body, 'release'), decision: 'approve' }),
  reject: (person, body) =>
    callAs('decide', person, {
      release: text(body, 'release'),
      decision: 'reject',
      reason: text(body, 'reason'),
    }),
  release: ({ name: actor }, body) => start(actor, text(body, 'version')),
  cancel: (person, body) =>
    callAs('operate', person, { action: 'cancel', release: text(body, 'release'), reason: text(body, 'reason') }),
  revert: (person, body) => callAs('revert', person, { reason: text(body, 'reason'), from: text(body, 'from') }),
  freeze: (person, body) =>
    callAs('operate', person, { action: 'freeze', reason: text(body, 'reason'), until: text(body, 'until') }),
  unfreeze: (person) => callAs('operate', person, { action: 'unfreeze' }),
  resume: (person) => callAs('operate', person, { action: 'resume' }),
  maintenance: (person, body) =>
    callAs('operate', person, {
      action: 'maintenance',
      maintenance: text(body, 'maintenance'),
      reason: text(body, 'reason'),
    }),
};

/**
 * Does what a person asks for, in their name.
 *
 * @returns status 202 when it goes on and its end shows in the overview
 * @throws Refusal NotAllowed for a role that may not, BadRequest for a member that is missing; ReleaseError of the
 *   function that was called
 */
export async function act(
  person: ConsolePerson,
  name: string,
  body: Body,
): Promise<{ status: number; result: object }> {
  if (!isAct(name)) throw new Refusal('Unknown', `the console knows no act ${JSON.stringify(name)}`);
  requireRole(person, CONSOLE_ACTS[name], `to ${name}`);
  const run = RUNS[name](person, body).then((result) => ({ status: 200, result }));
  const later = sleep(PATIENCE_MS, { status: 202, result: { underWay: name } }, { ref: false });
  return Promise.race([run, later]);
}

/** The link that shows a release on the production hostname before it is live: it sets the preview cookie there. */
async function preview(release: string): Promise<object> {
  if (!hasSetting('PREVIEW_KEY_ARN')) throw new Refusal('BadRequest', 'an environment with one fleet has no preview');
  const { preview: open } = await requireRoute();
  if (open?.release !== release) {
    throw new Refusal(
      'BadRequest',
      `${release} has no preview: it opens with the smoke test and ends with the cutover`,
    );
  }
  const credential = await previewCredential(release);
  return { url: previewLink(setting('EDGE_URL'), credential) };
}

async function start(actor: string, version: string): Promise<object> {
  if (!isVersion(version)) {
    throw new Refusal('BadRequest', `${JSON.stringify(version)} is no tag of the form vX.Y.Z, for example v1.4.0`);
  }
  const release = `${version}-${Date.now().toString(36)}`;
  await startRelease(release, { version, actor });
  return { release };
}

function text(body: Body, member: string): string {
  const value = body[member];
  if (typeof value === 'string' && value.trim() !== '') return value.trim();
  throw new Refusal('BadRequest', `"${member}" is missing`);
}
