/**
 * Stands in the bundles for the package `iconv-lite`, half a megabyte of tables that mysql2 needs for results in
 * encodings that Node.js has no name for. Our sessions speak utf8mb4; a changeset that sets another one is read by the
 * platform's own decoder.
 *
 * @throws RangeError for an encoding that the platform does not know
 */
export function getDecoder(encoding: string): { write(bytes: Uint8Array): string; end(): string } {
  const decoder = new TextDecoder(encoding);
  return { write: (bytes) => decoder.decode(bytes, { stream: true }), end: () => decoder.decode() };
}

/** Nothing is ever sent in another encoding than utf8mb4. */
export function getEncoder(encoding: string): never {
  throw new RangeError(`the migrator speaks utf8mb4, not ${encoding}`);
}
