export { Load, startLoad } from './load';
export type { LoadOptions, LoadReport, LoadStats, Tick, Verification } from './messages';
