import { CfnOutput } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { CONSOLE_ALIAS, URL_ALIAS } from '../../../lambda/domain/steps';
import { PEOPLES_ACTS } from './functions';

/** What people call. */
const PEOPLES_FUNCTIONS = [...PEOPLES_ACTS, 'inspect'];

interface Door {
  /** Construct id of the function. */
  readonly id: string;
  readonly function: lambda.Function;
}

/**
 * Opens the functions that people call: each by a URL, through which AWS says who calls (one that is invoked directly has
 * to believe what it is told), and to the console's API through an alias that no other role may invoke.
 */
export function openDoors(
  scope: Construct,
  { find, console }: { readonly find: (folder: string) => Door | undefined; readonly console: boolean },
): void {
  for (const { id, function: called } of PEOPLES_FUNCTIONS.flatMap((folder) => find(folder) ?? [])) {
    const version = called.latestVersion;
    const alias = new lambda.Alias(scope, `${id}UrlAlias`, { aliasName: URL_ALIAS, version });
    const url = alias.addFunctionUrl({ authType: lambda.FunctionUrlAuthType.AWS_IAM });
    new CfnOutput(scope, `${id}Url`, { value: url.url });
  }
  for (const { id, function: called } of console ? PEOPLES_ACTS.flatMap((folder) => find(folder) ?? []) : []) {
    new lambda.Alias(scope, `${id}ConsoleAlias`, { aliasName: CONSOLE_ALIAS, version: called.latestVersion });
  }
}
