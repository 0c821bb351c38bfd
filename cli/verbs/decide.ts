import type { ChangingOptions, World } from '../session';
import { openSession } from '../session';

interface Decided {
  readonly by: string;
  /** False when it had been decided the same way before. */
  readonly first: boolean;
}

/** Approves or rejects a release that waits. */
export async function decide(
  world: World,
  release: string,
  decision: 'approve' | 'reject',
  options: ChangingOptions & { readonly reason?: string },
): Promise<void> {
  const session = await openSession(world, options, { blueGreen: decision });
  const { by, terminal } = session;
  await session.confirm(`${decision === 'approve' ? 'Approve' : 'Reject'} ${release} of ${session.place}?`);
  const payload = { release, decision, by, reason: options.reason };
  const decided = await session.cloud.invoke<Decided>('decide', payload);
  const done = decision === 'approve' ? 'approved' : 'rejected';
  terminal.out(decided.first ? `${release} ${done}` : `${release} had been ${done} by ${decided.by} already`);
}
