import type { SecretsManagerRotationEvent } from 'aws-lambda';
import { SecretStore } from '../rotate-secret/secret-store';
import { takeStep } from '../rotate-secret/steps';
import { type CacheCredentials, CacheUser } from './cache-user';

const store = new SecretStore<CacheCredentials>();
const user = new CacheUser();

/** Rotates the password of the cache's user; one of the four steps, which Secrets Manager invokes in turn and may repeat. */
export const handler = (event: SecretsManagerRotationEvent) => takeStep(event, store, user);
