import tseslint from 'typescript-eslint';
import esX from 'eslint-plugin-es-x';

export default tseslint.config(
  { ignores: ['node_modules/', 'cdk.out/', '.greenroom/', 'coverage/'] },
  ...tseslint.configs.recommended,
  {
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  {
    // What the CloudFront Functions runtime 2.0 cannot parse or does not have.
    files: ['lambda/edge/**/*.js'],
    plugins: { 'es-x': esX },
    rules: {
      'es-x/no-classes': 'error',
      'es-x/no-for-of-loops': 'error',
      'es-x/no-destructuring': 'error',
      'es-x/no-spread-elements': 'error',
      'es-x/no-rest-spread-properties': 'error',
      'es-x/no-optional-chaining': 'error',
      'es-x/no-nullish-coalescing-operators': 'error',
      'es-x/no-default-parameters': 'error',
      'es-x/no-generators': 'error',
      'es-x/no-dynamic-import': 'error',
      'es-x/no-bigint': 'error',
    },
  },
);
