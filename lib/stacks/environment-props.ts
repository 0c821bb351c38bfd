import type { StackProps } from 'aws-cdk-lib';
import type { EnvironmentConfig, GreenroomConfig } from '../config';
import type { Names } from '../names';

/** What every stack of an environment is told. */
export interface EnvironmentStackProps extends StackProps {
  readonly config: GreenroomConfig;
  readonly environment: EnvironmentConfig;
}

export function namesOf({ config, environment }: Pick<EnvironmentStackProps, 'config' | 'environment'>): Names {
  return { application: config.application.name, environment: environment.name };
}
