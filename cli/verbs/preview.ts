import { createHmac } from 'node:crypto';
import { previewLink } from '../../lambda/domain/route';
import { CliError } from '../exit';
import { readPlaces, readStatus } from '../operations';
import { type CommonOptions, openSession } from '../session';
import { parseRelease, type Verb } from '../verb';

/** Prints the link that shows a release's color before it is live. */
export const preview: Verb = {
  name: 'preview',
  summary: 'print the link that shows a release before it is live; it is a key, mind whom you send it',
  reads: true,
  define: (command, run) =>
    command.argument('<release>', 'release id', parseRelease).action(
      run(async (world, release: string, options: CommonOptions & { json?: boolean }) => {
        const { cloud, environment, local, terminal } = await openSession(world, options, { blueGreen: 'preview' });
        const [{ route }, places] = await Promise.all([readStatus(cloud), readPlaces(cloud)]);
        if (route?.preview?.release !== release) {
          const open = route?.preview ? `; open is that of ${route.preview.release}` : '';
          throw new CliError(
            `${release} has no preview in ${environment.name}: it opens with the smoke test and ends with the cutover${open}`,
          );
        }
        if (places.previewKeyArn === null)
          throw new CliError(`${environment.name} has no preview key: deploy its stacks`);
        const credential = previewCredential(await cloud.secret(places.previewKeyArn), release);
        const url = previewLink(local?.url ?? places.url, credential);
        terminal.out(options.json ? JSON.stringify({ release, url }, null, 2) : url);
      }),
    ),
};

/** The credential as SmokeTest derives it (lambda/aws/preview.ts): whoever may read the key can make it again. */
export function previewCredential(key: string, release: string): string {
  return createHmac('sha256', key).update(release).digest('hex');
}
