// Bundles the handlers of all functions, as a synthesis does: the next one finds them in the cache.
import { bundleDirectory } from '../lib/constructs/handlers';

bundleDirectory('inspect');
