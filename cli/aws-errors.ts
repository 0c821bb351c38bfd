import { CliError } from './exit';

/** What was tried, so that an error can name it. */
export interface Attempt {
  /** The permission that it needs, for example `lambda:InvokeFunction`. */
  readonly action: string;
  /** What it was done to, in words: `the function notes-production-operate`. */
  readonly target: string;
  /** @default - whatever the SDK found */
  readonly region?: string;
  /** Where the calls go when not to AWS itself. */
  readonly endpoint?: string;
}

interface AwsFailure extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

interface Translation {
  readonly names: RegExp;
  readonly say: (error: AwsFailure, attempt: Attempt) => string;
  readonly transient?: true;
}

const SIGN_IN = 'sign in (for example "aws sso login") or set AWS_PROFILE';

/** In this order: a name that two of them fit is the first one's. */
const TRANSLATIONS: readonly Translation[] = [
  {
    names: /^CredentialsProviderError$|^ProviderError$|^TokenProviderError$/,
    say: () => `no AWS credentials were found: ${SIGN_IN}; for the local mode add --local`,
  },
  {
    names: /^ExpiredToken|^TokenRefreshRequired$|^RequestExpired$/,
    say: () => `the AWS credentials have expired: ${SIGN_IN}`,
  },
  {
    names:
      /^UnrecognizedClient|^InvalidClientTokenId$|^InvalidAccessKeyId$|^InvalidSignature|^SignatureDoesNotMatch$|^MissingAuthenticationToken/,
    say: ({ name }) => `AWS does not accept the credentials (${name}): ${SIGN_IN}`,
  },
  {
    names: /^AccessDenied|^Forbidden$|^AuthorizationError|^NotAuthorized|^403$/,
    say: ({ message }, { action, target }) =>
      `AWS denies ${action} on ${target}: use a role that may, or let this one (${message})`,
  },
  {
    names: /^ResourceNotFound|^StateMachineDoesNotExist$|^NoSuchBucket$/,
    say: (_error, { target, region }) =>
      `${target} does not exist${region ? ` in ${region}` : ''}: look at account and region (AWS_PROFILE, --region), or deploy the stacks first (npx cdk deploy)`,
  },
  {
    names: /^ECONNREFUSED$/,
    say: (_error, { endpoint }) =>
      endpoint === undefined
        ? 'nothing answers where AWS should (connection refused): look at AWS_ENDPOINT_URL and the proxy'
        : `nothing answers at ${endpoint}: the local mode has ended, start it with "npm start"`,
    transient: true,
  },
  {
    names: /^ENOTFOUND$|^EAI_AGAIN$/,
    say: ({ message }, { region }) =>
      `AWS cannot be reached (${message}): look at the network${region ? `, and whether there is a region "${region}"` : ''}`,
    transient: true,
  },
  {
    names: /^ECONNRESET$|^EPIPE$|^ETIMEDOUT$|^TimeoutError$|Throttl|^TooManyRequests|^SlowDown$|^RequestLimitExceeded$/,
    say: ({ name, message }, { action, target }) =>
      `${action} on ${target} got no answer (${name}: ${message}): try again`,
    transient: true,
  },
];

/** Turns what the SDK threw into one line that says what to do; what is told well already stays as it is. */
export function explainAws(thrown: unknown, attempt: Attempt): CliError {
  if (thrown instanceof CliError) return thrown;
  const error = rootOf(thrown);
  if (/^Region is missing/.test(error.message)) {
    return new CliError('no AWS region is set: give --region, or set AWS_REGION', undefined, { cause: error });
  }
  const code = error.code ?? /\bE[A-Z]{4,}\b/.exec(error.message)?.[0] ?? '';
  const translation = TRANSLATIONS.find(({ names }) => names.test(error.name) || names.test(code));
  if (translation !== undefined) {
    const { say, transient } = translation;
    return new CliError(oneLine(say(error, attempt)), undefined, { cause: error, transient });
  }
  const message = oneLine(`${attempt.action} on ${attempt.target} failed: ${error.name}: ${error.message}`);
  return new CliError(message, undefined, { cause: error, transient: (error.$metadata?.httpStatusCode ?? 0) >= 500 });
}

/** Node wraps the attempts at several addresses of a host in an AggregateError, whose message is empty. */
function rootOf(thrown: unknown): AwsFailure {
  if (thrown instanceof AggregateError && thrown.errors[0] instanceof Error) return thrown.errors[0];
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trim();
}
