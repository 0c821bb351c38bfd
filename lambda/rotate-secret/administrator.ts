/** What the administrator signs in with. */
export interface Administrator {
  readonly username: string;
  readonly password: string;
}

/** Labels of the versions of a secret: the one that counts, the one that a rotation is about to bring, the one before. */
export type Stage = 'AWSCURRENT' | 'AWSPENDING' | 'AWSPREVIOUS';

/** The administrator by a version of its secret; undefined when no version has the label. */
export type AdministratorSecret = (stage: Stage) => Promise<Administrator | undefined>;

/**
 * Which version a database takes, in the order in which they are tried. The current one nearly always. The pending one
 * while the administrator's own rotation is under way, which has changed the password already and not yet the label. The
 * one before, when the database was restored before the last rotation. And the current one again, read anew: a rotation
 * may have come to its end in between.
 */
const TRIED: readonly Stage[] = ['AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS', 'AWSCURRENT'];

/** What PostgreSQL, and what MySQL says of a wrong password. */
const REFUSED = new Set(['28P01', '28000', 'ER_ACCESS_DENIED_ERROR']);

/** Does something with a connection, and ends it. */
export async function ending(connection: { end(): Promise<unknown> }, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } finally {
    await connection.end();
  }
}

/** How one engine's administrator is served. */
export interface AdministratorSession<C> {
  open(administrator: Administrator): Promise<C>;
  changeOwnPassword(connection: C, password: string): Promise<void>;
}

/**
 * Does something as the administrator. A database that does not know of the last rotation gets the current password first.
 *
 * @param at what is signed in to, for the error
 * @throws Error what {@link signIn} throws
 */
export async function asAdministrator<C extends { end(): Promise<unknown> }>(
  at: string,
  secret: AdministratorSecret,
  session: AdministratorSession<C>,
  work: (connection: C) => Promise<void>,
): Promise<void> {
  const { connection, overdue } = await signIn(at, secret, (administrator) => session.open(administrator));
  await ending(connection, async () => {
    if (overdue) await session.changeOwnPassword(connection, overdue.password);
    await work(connection);
  });
}

/** A connection of the administrator. */
export interface SignedIn<C> {
  readonly connection: C;
  /** The password that the secret has, when the database has the one before: it is to be given that one. */
  readonly overdue?: Administrator;
}

/**
 * Signs in as the administrator with whichever version of the secret the database takes.
 *
 * @param at what is signed in to, for the error
 * @throws Error what `open` throws, or one that says what to do when no version is taken
 */
export async function signIn<C>(
  at: string,
  secret: AdministratorSecret,
  open: (administrator: Administrator) => Promise<C>,
): Promise<SignedIn<C>> {
  let current: Administrator | undefined;
  let refusal: unknown;
  const refused = new Set<string>();
  for (const stage of TRIED) {
    const administrator = await secret(stage);
    if (stage === 'AWSCURRENT') current = administrator;
    if (administrator === undefined || refused.has(administrator.password)) continue;
    try {
      const connection = await open(administrator);
      return { connection, ...(stage === 'AWSPREVIOUS' && { overdue: current }) };
    } catch (error) {
      if (!REFUSED.has((error as { code?: string }).code ?? '')) throw error;
      refused.add(administrator.password);
      refusal = error;
    }
  }
  throw new Error(
    `${at} takes none of the passwords that the secret of ${current?.username ?? 'the administrator'} has and had (${(refusal as Error | undefined)?.message ?? 'it is empty'}): it rotated more than once since the database got one. A restore is asked for again, and sets it; an instance is given it by "aws rds modify-db-instance --master-user-password"`,
    { cause: refusal },
  );
}
