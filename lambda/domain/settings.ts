/**
 * Environment variables of the handlers: written by `lib`, read through `lambda/aws/settings.ts`. Every value is a
 * plain string; `POLICY` is a ReleasePolicy as JSON.
 */
export const SETTINGS = [
  'POLICY',
  'LEDGER_TABLE',
  'TOPIC_ARN',
  'STATE_MACHINE_ARN',
  'MIGRATION_MACHINE_ARN',
  'ROUTE_STORE_ARN',
  'EDGE_URL',
  'DISTRIBUTION_ID',
  'PREVIEW_KEY_ARN',
  'CLUSTER_NAME',
  'BLUE_SERVICE',
  'GREEN_SERVICE',
  'BLUE_FAMILY',
  'GREEN_FAMILY',
  'TEMPLATE_FAMILY',
  'BLUE_TARGET_GROUP_ARN',
  'GREEN_TARGET_GROUP_ARN',
  'BLUE_ALARMS',
  'GREEN_ALARMS',
  'BLUE_LOG_GROUP',
  'GREEN_LOG_GROUP',
  'ARTIFACT_BUCKET',
  'DATABASE_INSTANCE_ID',
  'DATABASE_SECRET_ARN',
  'DATABASE_NAME',
  'RETIRE_SCHEDULE_GROUP',
  'RETIRE_FUNCTION_ARN',
  'RETIRE_ROLE_ARN',
] as const;

export type SettingName = (typeof SETTINGS)[number];
