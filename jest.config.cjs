/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  cacheDirectory: 'node_modules/.cache/jest',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }] },
  testSequencer: './test/sequencer.cjs',
  // Twice what two cores have: the end-to-end tests mostly wait. A test that starts a database or a process takes its time when both are busy.
  maxWorkers: 4,
  testTimeout: 30_000,
};
