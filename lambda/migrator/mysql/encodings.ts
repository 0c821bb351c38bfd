/**
 * Stands in the bundles for the package `iconv-lite`, half a megabyte of tables that mysql2 needs for encodings that
 * Node.js has no name for. Our sessions speak utf8mb4; a changeset that sets another one is read by the platform's own
 * decoder.
 *
 * @throws RangeError for an encoding that the platform does not know
 */
export function getDecoder(encoding: string): { write(bytes: Uint8Array): string; end(): string } {
  const decoder = new TextDecoder(platformName(encoding));
  return { write: (bytes) => decoder.decode(bytes, { stream: true }), end: () => decoder.decode() };
}

/** Nothing is sent in another encoding than UTF-8; the driver prepares its first packets in the server's. */
export function getEncoder(encoding: string): { write(text: string): Buffer; end(): undefined } {
  if (platformName(encoding) !== 'utf-8') throw new RangeError(`the migrator speaks utf8mb4, not ${encoding}`);
  return { write: (text) => Buffer.from(text, 'utf8'), end: () => undefined };
}

/** The driver calls the servers' `utf8` (utf8mb3) CESU-8, which is UTF-8 for every character that it can hold. */
function platformName(encoding: string): string {
  return encoding === 'cesu8' ? 'utf-8' : encoding;
}
