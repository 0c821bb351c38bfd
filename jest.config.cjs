/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }] },
  // Two, for a machine of two cores; a test that starts a database or a process takes its time when both are busy.
  maxWorkers: 2,
  testTimeout: 30_000,
};
