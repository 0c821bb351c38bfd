/** Ways in which a version can be broken, for `--broken`. */
export const BROKEN = ['health', 'smoke', 'migration', 'scan', 'errors-after-cutover'] as const;
export type Broken = (typeof BROKEN)[number];
