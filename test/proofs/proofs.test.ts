// One file for jest, so that the CDK is loaded once.
import '../stacks/unstaged';
import './events.cases';
import './least-privilege.cases';
import './redeploy.cases';
import './rolling.cases';
