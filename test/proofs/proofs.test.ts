// One file for jest, so that the CDK is loaded once.
import './events.cases';
import './least-privilege.cases';
import './redeploy.cases';
import './rolling.cases';
