import { ReleaseError } from '../domain/errors';

/** A place in a changelog: the file's path inside the artifact and its line, counted from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** Words a place as `sql/0001-notes.sql:12`. */
export function placed(place: Place): string {
  return `${place.file}:${place.line}`;
}

/** A changelog that cannot be used as it is written; nothing of it was run. */
export class ChangelogProblem extends ReleaseError {
  constructor(
    readonly place: Place,
    readonly reason: string,
    options?: { cause?: unknown },
  ) {
    super('ChangelogInvalid', `${placed(place)}: ${reason}`, options);
  }
}
