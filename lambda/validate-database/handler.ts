import { step } from '../aws/step';
import { validateAt } from '../aws/validation';
import type { ValidationRequest } from '../aws/validation';
import type { Validation } from '../migrator/validate';

/** What is reported of one validation: as many findings as an answer may hold, and how many there are. */
export interface ValidationReport extends Omit<Validation, 'rows'> {
  readonly sound: boolean;
  readonly tables: number;
  readonly rows: number;
  readonly findingCount: number;
}

const MOST_FINDINGS = 20;
const LONGEST_FINDING = 500;

/**
 * Validates a database: the environment's own, or one that was just restored. The answer says what was found; it is no
 * error of the function when the database is not sound.
 */
export const handler = step(async (request: ValidationRequest): Promise<ValidationReport> => {
  const { rows, unread, findings, ...counts } = await validateAt(request);
  return {
    ...counts,
    sound: findings.length === 0,
    tables: Object.keys(rows).length,
    rows: Object.values(rows).reduce((sum, amount) => sum + amount, 0),
    unread: unread.slice(0, MOST_FINDINGS),
    findingCount: findings.length,
    findings: findings
      .slice(0, MOST_FINDINGS)
      .map(({ check, message }) => ({ check, message: message.slice(0, LONGEST_FINDING) })),
  };
});
