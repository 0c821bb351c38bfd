/** The setting MIGRATION_TASK as JSON: where the migrator runs as a task. */
export interface MigrationTaskSettings {
  readonly family: string;
  readonly container: string;
  readonly subnets: readonly string[];
  readonly securityGroup: string;
  readonly logGroup: string;
  /** Time for all pending changesets together. */
  readonly budgetSeconds: number;
}

/** The last line that a task logs when it fails. */
export interface TaskFailure {
  readonly failed: { readonly name: string; readonly message: string };
}

/** What RunMigrationTask knows of its task. */
export interface MigrationTaskState {
  readonly arn: string;
  readonly stopped: boolean;
}
