#!/usr/bin/env node
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { buildApp } from '../lib/app';
import { configFile, type GreenroomConfig, loadConfig } from '../lib/config';

/** What the user did wrong is told in plain lines; anything else is a fault of Greenroom and keeps its stack trace. */
const PLAIN = new Set(['ConfigError', 'UnknownEnvironment']);

/** Reads the configuration and writes the stacks; the CDK CLI says where to by environment variables. */
try {
  const config = loadConfig();
  for (const { path, message } of [...config.warnings, ...unknownRegions(config)])
    console.error(`${configFile()}: warning: ${path}: ${message}`);
  buildApp(config).synth();
} catch (error) {
  if (!(error instanceof Error) || !PLAIN.has(error.name)) throw error;
  console.error(error.name === 'ConfigError' ? error.message : `${configFile()}: ${error.message}`);
  process.exitCode = 1;
}

/** A slip of the pen, or a region that is younger than this version of CDK: which of the two, only AWS can tell. */
function unknownRegions({ environments }: GreenroomConfig): GreenroomConfig['warnings'] {
  const known = new Set(RegionInfo.regions.map(({ name }) => name));
  return environments.flatMap(({ region }, index) => {
    if (region === undefined || known.has(region)) return [];
    const message = `"${region}" is no region that this version of CDK knows; look for a slip of the pen`;
    return [{ path: `environments[${index}].region`, message }];
  });
}
