import { brokenBuilds } from './broken-builds';
import { describePromises, Environment, LONG } from './environment';
import { goodBuild } from './good-build';

// One theatre for all, because the paths follow each other as in a real environment: what one leaves behind is what
// the next one finds.
describe('v1.1.0, while v1.0.0 has viewers', () => {
  let environment: Environment;

  beforeAll(async () => {
    environment = await Environment.open(60);
  }, LONG);
  afterAll(() => environment?.close(), LONG);

  describe('broken', () => brokenBuilds(() => environment));

  describe('good', () => goodBuild(() => environment));

  describePromises(() => environment);

  test(
    'closing ends every process',
    async () => {
      const { theatre } = environment;
      const { url } = theatre;
      const tasks = [...theatre.parts.fleets.services.values()].flatMap((service) => service.known());
      const pids = tasks.flatMap(({ pid }) => pid ?? []);

      await environment.close();

      expect(pids.length).toBeGreaterThan(4);
      for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
      await expect(fetch(url)).rejects.toThrow();
    },
    LONG,
  );
});
