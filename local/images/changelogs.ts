import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { readVersions } from './images';

/** A version's changelog as the release pipeline uploads it. */
export interface ChangelogArtifact {
  /** Key of the object in the artifact bucket: `changelogs/<sha256>.json`. */
  readonly key: string;
  /** SHA-256 of the bytes, hex. */
  readonly sha256: string;
  readonly bytes: Buffer;
}

export interface BuildChangelogOptions {
  /** Tag of the version: files that came with a later one are left out. */
  readonly version: string;
  /** @default - the repository's `migrations/` */
  readonly directory?: string;
  /** Adds a changeset that the plan allows and the database refuses. @default false */
  readonly broken?: boolean;
}

const ROOT = 'changelog.yaml';
const MIGRATIONS = join(__dirname, '../../migrations');

/** Creating tables is `expand`, so the plan lets it pass; the table that the second statement refers to never existed. */
const BROKEN_CHANGESET = `--liquibase formatted sql

--changeset notes:labels-broken
--comment Broken on purpose: refers to a table that does not exist
CREATE TABLE labels (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
CREATE TABLE note_labels (
  note_id bigint NOT NULL REFERENCES notes (id),
  label_id bigint NOT NULL REFERENCES label (id),
  PRIMARY KEY (note_id, label_id)
);
--rollback DROP TABLE note_labels;
--rollback DROP TABLE labels;
`;

/**
 * Packs the sample application's changelog as it was at a version.
 *
 * @throws Error for an unknown version, and for a file that versions.json gives to no version.
 */
export function buildChangelog(options: BuildChangelogOptions): ChangelogArtifact {
  const directory = options.directory ?? MIGRATIONS;
  const wanted = filesOf(options.version);
  const files: Record<string, string> = {};
  for (const path of listFiles(directory)) {
    if (path === ROOT || wanted.has(path)) files[path] = readFileSync(join(directory, path), 'utf8');
  }
  for (const path of wanted) {
    if (files[path] === undefined) throw new Error(`${path} of examples/notes/versions.json is not in ${directory}`);
  }
  if (options.broken) files['sql/9999-broken.sql'] = BROKEN_CHANGESET;
  const sorted = Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
  const bytes = Buffer.from(JSON.stringify({ root: ROOT, files: sorted }));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { key: `changelogs/${sha256}.json`, sha256, bytes };
}

/** Files in `directory` that examples/notes/versions.json does not know: a test keeps this empty. */
export function undeclaredFiles(directory = MIGRATIONS): string[] {
  const declared = new Set(Object.values(readVersions()).flat());
  return listFiles(directory).filter((path) => path !== ROOT && !declared.has(path));
}

function filesOf(version: string): Set<string> {
  const versions = readVersions();
  // versions.json lists the versions in order, each with what it added.
  const names = Object.keys(versions);
  const last = names.indexOf(version);
  if (last < 0) {
    throw new Error(`the sample application has no version "${version}", only ${names.join(' and ')}`);
  }
  return new Set(names.slice(0, last + 1).flatMap((name) => versions[name] ?? []));
}

function listFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(sql|ya?ml)$/.test(entry.name))
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'));
}
