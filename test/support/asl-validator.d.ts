declare module 'asl-validator' {
  /** Validates a state machine's definition against the schema and the paths of Amazon States Language. */
  export default function validate(definition: unknown): {
    readonly isValid: boolean;
    errorsText(separator?: string): string;
  };
}
