import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import type { ClientConfig } from 'pg';
import type { LocalImage } from '../../local/images';

/** The changelog of v1.0.0 and the column of v1.1.0, without the migrator. */
export const TABLE_1_0 = `CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title text NOT NULL,
  body text NOT NULL DEFAULT '', created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now())`;
/** The tables of v1.2.0. */
export const EXPAND_1_2 = `CREATE TABLE greenroom_live (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), color text NOT NULL, epoch bigint NOT NULL);
  CREATE TABLE note_digests (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), notes bigint NOT NULL, color text NOT NULL, version text NOT NULL)`;
export const EXPAND_1_1 = 'ALTER TABLE notes ADD COLUMN pinned boolean NOT NULL DEFAULT false';

/** The built application as a process, as a fleet would run it. */
export class App {
  readonly logs: Record<string, unknown>[] = [];
  readonly exit: Promise<number | null>;

  private constructor(
    private readonly process: ChildProcess,
    readonly url: string,
  ) {
    this.exit = once(process, 'exit').then(([code]) => code as number | null);
    if (process.stdout) {
      createInterface(process.stdout).on('line', (line) => this.logs.push(JSON.parse(line)));
    }
  }

  static async start(image: LocalImage, environment: Record<string, string>): Promise<App> {
    const port = await freePort();
    const child = spawn(process.execPath, [image.entry], {
      env: { PORT: String(port), HOST: '127.0.0.1', GREENROOM_COLOR: 'green', ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const app = new App(child, `http://127.0.0.1:${port}`);
    await app.logged('listening');
    return app;
  }

  /** The first log line with this message, past or to come. @throws Error when the process ends without it */
  async logged(message: string): Promise<Record<string, unknown>> {
    let ended = false;
    void this.exit.then(() => (ended = true));
    for (;;) {
      const found = this.logs.find((line) => line.message === message);
      if (found) return found;
      if (ended) throw new Error(`the application ended without saying "${message}": ${JSON.stringify(this.logs)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(`${this.url}${path}`, { redirect: 'manual', ...init });
  }

  sendJson(method: string, path: string, value: unknown): Promise<Response> {
    return this.fetch(path, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(value),
    });
  }

  sendForm(path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
    return this.fetch(path, { method: 'POST', headers, body: new URLSearchParams(fields) });
  }

  kill(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  async stop(): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill('SIGKILL');
    return this.exit;
  }
}

/** What the task definition would give a container to reach the database. */
export function databaseEnvironment({ host, port, database, user, password }: ClientConfig): Record<string, string> {
  return {
    DATABASE_HOST: String(host),
    DATABASE_PORT: String(port),
    DATABASE_NAME: String(database),
    DATABASE_USER: String(user),
    DATABASE_PASSWORD: String(password),
  };
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
