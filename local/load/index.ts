export { Load, startLoad } from './load';
export type {
  Answerer,
  Failure,
  Kind,
  Latency,
  LoadOptions,
  LoadReport,
  LoadStats,
  Tick,
  Verification,
} from './messages';
