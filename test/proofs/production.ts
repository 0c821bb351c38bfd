import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildApp } from '../../lib/app';
import type { GreenroomConfig } from '../../lib/config';
import { loadConfig } from '../../lib/config/load';
import { type Assembly, loadAssembly } from '../../local/assembly';

/** Account and region that the workflow's tests live in. */
export const ACCOUNT = '111111111111';
export const REGION = 'eu-central-1';

/** What exists only after a deployment; no policy and no setting of the workflow depends on its form. */
const RUN_TIME: Readonly<Record<string, string>> = {
  'AWS::RDS::DBInstance Endpoint.Address': 'database.test',
  'AWS::RDS::DBInstance Endpoint.Port': '5432',
  'AWS::ElastiCache::ReplicationGroup PrimaryEndPoint.Address': 'cache.test',
  'AWS::ElastiCache::ReplicationGroup PrimaryEndPoint.Port': '6379',
  'AWS::CloudFront::Distribution DomainName': 'edge.test',
};

/** Synthesises production, without an account or a region, and reads it as if it were deployed. */
export function productionAssembly(config: GreenroomConfig = loadConfig()): Assembly {
  return assemblyOf('production', config);
}

/** The same of any environment of a configuration. */
export function assemblyOf(environment: string, config: GreenroomConfig): Assembly {
  process.env.CDK_VALIDATION = 'false';
  const outdir = mkdtempSync(join(tmpdir(), 'greenroom-proof-'));
  try {
    buildApp(config, { environment, outdir }).synth();
    return loadAssembly(outdir, {
      account: ACCOUNT,
      region: REGION,
      attribute: (_stack, _logicalId, type, attribute) => RUN_TIME[`${type} ${attribute}`],
    });
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
