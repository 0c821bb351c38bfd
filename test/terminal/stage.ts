import { announce } from '../../local/stage/announcement';
import { ACCOUNT, REGION } from '../../local/stage/run-time-values';
import { openTheatre, type Theatre } from '../../local/theatre';

/** An environment on this machine that the command line finds, with two published versions of which none is live. */
export async function openStage(): Promise<{ readonly theatre: Theatre; close(): Promise<void> }> {
  const theatre = await openTheatre({ speed: 300, propagationMs: 200 });
  try {
    await Promise.all([theatre.publish('v1.0.0'), theatre.publish('v1.1.0')]);
    const takeBack = announce({
      endpoint: theatre.parts.endpoint,
      region: REGION,
      account: ACCOUNT,
      environment: 'production',
      url: theatre.url,
    });
    const close = (): Promise<void> => {
      takeBack();
      return theatre.close();
    };
    return { theatre, close };
  } catch (error) {
    await theatre.close();
    throw error;
  }
}
