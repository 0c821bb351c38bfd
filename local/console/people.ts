import type { ConsoleRole } from '../../lambda/domain/console';

/** Somebody that a visitor of the local mode may be. */
export interface LocalPerson {
  readonly name: string;
  readonly email: string;
  readonly role: ConsoleRole;
  readonly does: string;
}

export const PEOPLE: readonly LocalPerson[] = [
  { name: 'Olga', email: 'olga@example.com', role: 'operators', does: 'releases, reverts, freezes; may approve too' },
  { name: 'Quinn', email: 'quinn@example.com', role: 'qa', does: 'looks at previews, approves and rejects' },
  { name: 'Vera', email: 'vera@example.com', role: 'viewers', does: 'looks' },
];
