#!/usr/bin/env node
import { buildApp } from '../lib/app';
import { loadConfig } from '../lib/config';

/** What the user did wrong is told in plain lines; anything else is a fault of Greenroom and keeps its stack trace. */
const PLAIN = new Set(['ConfigError', 'UnknownEnvironment']);

/** Reads the configuration and writes the stacks; the CDK CLI says where to by environment variables. */
try {
  const config = loadConfig();
  for (const { path, message } of config.warnings) console.error(`greenroom.config.ts: warning: ${path}: ${message}`);
  buildApp(config).synth();
} catch (error) {
  if (!(error instanceof Error) || !PLAIN.has(error.name)) throw error;
  for (const line of error.message.split('\n')) console.error(`greenroom.config.ts: ${line}`);
  process.exitCode = 1;
}
