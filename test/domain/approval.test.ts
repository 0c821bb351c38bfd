import { addApproval, type Approval, refusal, reject } from '../../lambda/domain/approval';
import { compareNames, findPerson, type Person } from '../../lambda/domain/people';

const AT = '2026-11-21T12:00:00.000Z';
const ANN_SESSION = 'arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_QA_1/ann@example.com';
const PEOPLE: Person[] = [
  { name: 'Ann', github: 'ann-dev', aws: [ANN_SESSION], oidc: ['ann@example.com'] },
  { name: 'Bob', github: 'bob', aws: ['arn:aws:iam::111111111111:user/bob'], oidc: ['sub-bob'] },
  { name: 'Cleo', github: 'cleo', aws: [], oidc: ['sub-cleo'] },
];
const question: Approval = {
  release: 'v1.0.0',
  token: 't',
  digest: 'sha256:1',
  requester: 'ann-dev',
  epoch: 3,
  smokeChecks: 2,
  needed: 2,
  approvals: [],
  revision: 1,
};
const actor = (name: string, source: 'authenticated' | 'claimed' = 'authenticated') => ({ name, source });

describe('two names', () => {
  test.each<[string, Person[], string, string, string]>([
    ['at GitHub and in an AWS session are one person', PEOPLE, 'ann-dev', ANN_SESSION, 'same'],
    ['at GitHub and at the identity provider are one person', PEOPLE, 'ann-dev', 'Ann@Example.com', 'same'],
    ['of two people are two', PEOPLE, 'ann-dev', 'sub-bob', 'different'],
    ['that are one are one, listed or not', PEOPLE, 'zoe', 'ZOE', 'same'],
    ['of which one is not listed may be one', PEOPLE, 'zoe', 'bob', 'unknown'],
    ['that nobody lists are compared as they are', [], 'ann-dev', ANN_SESSION, 'different'],
    ['of which one is that of a session are one, also unlisted', [], 'Ann@example.com', ANN_SESSION, 'same'],
  ])('%s', (_what, people, one, other, kind) => {
    expect(compareNames(people, one, other).kind).toBe(kind);
    expect(compareNames(people, other, one).kind).toBe(kind);
  });

  test('a person is found by each of their names', () => {
    for (const name of ['Ann', 'ann-dev', 'ANN-DEV', ANN_SESSION, 'ann@example.com']) {
      expect(findPerson(PEOPLE, name)?.name).toBe('Ann');
    }
  });
});

describe('who may approve', () => {
  const strict = { allowRequester: false, acceptClaims: false };
  test.each<[string, Parameters<typeof refusal>[0], Person[], ReturnType<typeof actor>, RegExp | null]>([
    ['somebody else', strict, PEOPLE, actor('sub-bob'), null],
    ['not the requester under another name', strict, PEOPLE, actor(ANN_SESSION), /asked for v1\.0\.0 and may not/],
    ['not somebody who is not listed', strict, PEOPLE, actor('sub-zoe'), /sub-zoe is none of the people .*add it/],
    ['not somebody who only claims to be', strict, PEOPLE, actor('bob', 'claimed'), /is a claim/],
    ['a claim where claims are taken', { ...strict, acceptClaims: true }, PEOPLE, actor('bob', 'claimed'), null],
    ['the requester where that is allowed', { ...strict, allowRequester: true }, PEOPLE, actor('ann-dev'), null],
    ['anybody with another name where nobody is listed', strict, [], actor('bob'), null],
    ['nobody with the same name where nobody is listed', strict, [], actor('Ann-Dev'), /may not/],
  ])('%s', (_who, rules, people, who, message) => {
    const said = refusal(rules, people, who, question);
    if (message === null) expect(said).toBeNull();
    else expect(said).toMatch(message);
  });

  test('a requester whom nobody lists cannot be told from whoever approves', () => {
    const said = refusal(strict, PEOPLE, actor('sub-bob'), { release: 'v1.0.0', requester: 'renovate[bot]' });
    expect(said).toMatch(/renovate\[bot\] is none of the people/);
  });
});

describe('an approval by two', () => {
  const once = addApproval(question, actor('sub-bob'), PEOPLE, AT);

  test('is not decided by one, nor by the same person twice under two names', () => {
    expect(once.decision).toBeUndefined();
    expect(addApproval(once, actor('bob'), PEOPLE, AT)).toBe(once);
  });

  test('is decided by the second, and names both', () => {
    const twice = addApproval(once, actor('sub-cleo'), PEOPLE, AT);
    expect(twice.decision).toEqual({ decision: 'approve', by: 'sub-bob, sub-cleo', identity: 'authenticated', at: AT });
    expect(twice.approvals.map(({ person }) => person)).toEqual(['Bob', 'Cleo']);
    expect(addApproval(twice, actor('zoe'), PEOPLE, AT)).toBe(twice);
  });

  test('with a claim among them is a claim', () => {
    expect(addApproval(once, actor('cleo', 'claimed'), PEOPLE, AT).decision?.identity).toBe('claimed');
  });

  test('ends with one who rejects, also after somebody approved', () => {
    const rejected = reject(once, actor('sub-cleo'), 'the list is empty', AT);
    expect(rejected.decision).toMatchObject({ decision: 'reject', by: 'sub-cleo', reason: 'the list is empty' });
    expect(addApproval(rejected, actor('zoe'), PEOPLE, AT)).toBe(rejected);
    expect(reject(rejected, actor('sub-bob'), 'me too', AT)).toBe(rejected);
  });
});
