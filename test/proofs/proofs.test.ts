// One file for jest, so that the CDK is loaded once.
import '../stacks/unstaged';
import '../support/quiet';
import './events.cases';
import './least-privilege.cases';
import './live-shape.cases';
import './redeploy.cases';
import './rolling.cases';
