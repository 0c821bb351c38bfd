import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundle, type Fault } from '../../examples/notes/build';

/** What stands for an image in the local mode: a program in a folder, and a digest that changes when it does. */
export interface LocalImage {
  /** The tag, `v1.1.0`, or `placeholder`. */
  readonly version: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  readonly directory: string;
  /** Absolute path of the program that Node.js runs as the container's command. */
  readonly entry: string;
}

export interface BuildImageOptions {
  /** Tag of the version, `v1.0.0` or `v1.1.0`; examples/notes/versions.json knows them. */
  readonly version: string;
  /** A broken build, to try recovery. @default 'none' */
  readonly fault?: Fault;
  /** Folder for the images; each gets a folder of its own in it. */
  readonly outdir: string;
}

const EXAMPLES = resolve(__dirname, '../../examples');

/**
 * Builds a version of the sample application as its Dockerfile does. The same sources and options give the same digest,
 * and what exists already in `outdir` is used again.
 *
 * @throws Error for a version that the application does not have.
 */
export async function buildImage(options: BuildImageOptions): Promise<LocalImage> {
  const known = Object.keys(readVersions());
  if (!known.includes(options.version)) {
    throw new Error(`the sample application has no version "${options.version}", only ${known.join(' and ')}`);
  }
  const { version, fault = 'none' } = options;
  const program = await bundle({ source: join(EXAMPLES, 'notes'), version, fault });
  return store(program, { version, fault }, 'server.js', options.outdir);
}

/** The placeholder that each color runs before any release exists. */
export function buildPlaceholder(options: { readonly outdir: string }): LocalImage {
  const program = readFileSync(join(EXAMPLES, 'placeholder', 'server.mjs'), 'utf8');
  return store(program, { version: 'placeholder' }, 'server.mjs', options.outdir);
}

/** The versions of the sample application, and the files of its changelog that came with each. */
export function readVersions(): Readonly<Record<string, readonly string[]>> {
  return JSON.parse(readFileSync(join(EXAMPLES, 'notes', 'versions.json'), 'utf8')) as Record<string, string[]>;
}

function store(program: string, labels: { version: string; fault?: Fault }, name: string, outdir: string): LocalImage {
  const hash = createHash('sha256').update(JSON.stringify(labels)).update('\0').update(program).digest('hex');
  const directory = resolve(outdir, `${labels.version}-${hash.slice(0, 12)}`);
  const entry = join(directory, name);
  if (!existsSync(entry)) {
    mkdirSync(directory, { recursive: true });
    // Two runs may share the folder: nobody sees half a program.
    writeFileSync(`${entry}.${process.pid}`, program);
    renameSync(`${entry}.${process.pid}`, entry);
  }
  return { version: labels.version, digest: `sha256:${hash}`, directory, entry };
}
