// One file for jest, so that the CDK is loaded once: each test file has a module registry of its own, and loading the
// CDK into one takes longer than most of these tests.
import './unstaged';
import './access.cases';
import './app.cases';
import './backup-policy.cases';
import './backup-watch.cases';
import './cache.cases';
import './console.cases';
import './database.cases';
import './deletion.cases';
import './edge.cases';
import './firewall.cases';
import './fleet-first-revision.cases';
import './fleet.cases';
import './nag.cases';
import './network.cases';
import './operations.cases';
import './registry.cases';
import './release.cases';
