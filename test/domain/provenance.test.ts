import { type Provenance, requireProvenance } from '../../lambda/domain/provenance';

const commit = 'a'.repeat(40);
const rule = { required: true, repository: 'acme/shop', repositoryId: '42', branches: ['main', 'hotfix/*'] };
const provenance: Provenance = {
  repository: 'acme/shop',
  repositoryId: '42',
  commit,
  ref: 'refs/tags/v1.0.0',
  workflow: 'acme/shop/.github/workflows/release.yml@refs/tags/v1.0.0',
  run: '7/1',
  branches: ['main'],
};
const from = (changes: Partial<Provenance>) => ({ commit, provenance: { ...provenance, ...changes } });

describe('where a version comes from', () => {
  test.each<[string, Partial<typeof rule>, { commit?: string; provenance?: Provenance }, RegExp | null]>([
    ['the release workflow, from main', {}, from({}), null],
    ['the release workflow, from a branch of a pattern', {}, from({ branches: ['topic', 'hotfix/42'] }), null],
    ['a repository that was renamed: the number counts', {}, from({ repository: 'acme/store' }), null],
    ['another repository of the same name', {}, from({ repositoryId: '43' }), /was built in acme\/shop \(43\)/],
    [
      'another repository, where no number is given',
      { repositoryId: undefined },
      from({ repository: 'evil/shop' }),
      /evil\/shop/,
    ],
    ['a branch that was not merged', {}, from({ branches: ['topic'] }), /is on topic and not on main or hotfix\/\*/],
    ['a branch whose name begins like one', {}, from({ branches: ['mainly'] }), /not on main/],
    ['a checkout without branches', {}, from({ branches: [] }), /is on no branch/],
    [
      'another commit than it names',
      {},
      { ...from({}), commit: 'b'.repeat(40) },
      /names the commit b+, but was built from a+/,
    ],
    ['somebody’s own machine', {}, { commit }, /without saying which run/],
    ['somebody’s own machine, where that is let through', { required: false }, { commit }, null],
    [
      'another repository, where it is only recorded',
      { required: false },
      from({ repositoryId: '43' }),
      /was built in/,
    ],
    ['a branch, where it is only recorded', { required: false }, from({ branches: ['develop'] }), null],
  ])('%s', (_from, changes, published, message) => {
    const check = () => requireProvenance({ ...rule, ...changes }, 'v1.0.0', published);
    if (message === null) expect(check).not.toThrow();
    else expect(check).toThrow(message);
  });
});
