import type { DecideResult } from '../../lambda/decide/decide';
import type { ChangingOptions, World } from '../session';
import { openSession } from '../session';

/** Approves or rejects a release that waits. */
export async function decide(
  world: World,
  release: string,
  decision: 'approve' | 'reject',
  options: ChangingOptions & { readonly reason?: string },
): Promise<void> {
  const session = await openSession(world, options, { blueGreen: decision });
  const { terminal } = session;
  await session.confirm(`${decision === 'approve' ? 'Approve' : 'Reject'} ${release} of ${session.place}?`);
  const decided = await session.act<DecideResult>('decide', { release, decision, reason: options.reason });
  const done = decision === 'approve' ? 'approved' : 'rejected';
  if (decided.missing > 0) terminal.err(`${decided.missing} more approval(s) needed`);
  terminal.out(decided.first ? `${release} ${done}` : `${release} had been ${done} by ${decided.by} already`);
}
