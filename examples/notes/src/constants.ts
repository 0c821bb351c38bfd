// Set by the build (esbuild's `define`), so that an image is one version and nothing can tell it otherwise at run time.
declare const APP_VERSION: string;
declare const APP_FAULT: string;

/** The version this build is, as its tag: `v1.1.0`. */
export const VERSION: string = APP_VERSION;

/** The fault this build was given; see faults.ts. */
export const FAULT: string = APP_FAULT;

/** Pinned notes came with v1.1.0; they need the column `pinned`. */
export const HAS_PINNED: boolean = isAtLeast(VERSION, 1, 1);

/** The digest, work in the background, came with v1.2.0; it needs the tables `greenroom_live` and `note_digests`. */
export const HAS_DIGEST: boolean = isAtLeast(VERSION, 1, 2);

function isAtLeast(version: string, major: number, minor: number): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.replace(/^v/, '').split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
