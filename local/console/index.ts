import type { ConsoleClaims } from '../../lambda/domain/console';
import type { Assembly } from '../assembly';
import type { FunctionPool } from '../cloud';
import { Gateway } from './gateway';
import { Issuer } from './issuer';

/** The console as it runs on this machine. */
export interface OpenedConsole {
  readonly url: string;
  readonly issuer: Issuer;
  close(): Promise<void>;
}

/** Whether the assembly has a console. */
export function hasConsole(assembly: Assembly): boolean {
  return assembly.resources('AWS::ApiGatewayV2::Route').length > 0;
}

/** The client's id at the local provider. */
export const CLIENT_ID = 'greenroom-console';

/** The provider is open before the functions are: the page's function is told where it is. */
export function openIssuer(settings: Readonly<Record<string, string>>, console: () => string): Promise<Issuer> {
  const claims = JSON.parse(settings.CONSOLE_CLAIMS ?? '{}') as ConsoleClaims;
  return Issuer.open({ clientId: CLIENT_ID, claims, console });
}

export async function openConsole(options: {
  readonly assembly: Assembly;
  readonly functions: Pick<FunctionPool, 'invoke'>;
  readonly issuer: Issuer;
  readonly addresses: Readonly<Record<string, string>>;
  readonly port?: number;
  readonly onProblem?: (message: string) => void;
}): Promise<OpenedConsole> {
  const { issuer } = options;
  const gateway = await Gateway.open({ ...options, verify: (token) => issuer.verify(token) });
  return {
    url: gateway.url,
    issuer,
    close: () => gateway.close(),
  };
}
