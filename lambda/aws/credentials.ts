/**
 * Stands in for `@aws-sdk/credential-provider-node` in the handlers' bundles: Lambda hands a function its credentials
 * in environment variables, so that the default chain's other providers (profiles, SSO, processes, instance metadata)
 * would be 100 KB in every bundle and nothing but more ways to get wrong credentials.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
