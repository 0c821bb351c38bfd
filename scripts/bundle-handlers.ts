// Bundles the handlers of all functions and the migrator's task, as a synthesis does: the next one finds them in the cache.
import { bundleDirectory } from '../lib/constructs/handler-bundles';
import { taskDirectory } from '../lib/constructs/migration-task-code';

bundleDirectory('inspect');
taskDirectory();
