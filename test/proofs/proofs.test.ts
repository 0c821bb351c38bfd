// One file for jest, so that the CDK is loaded once.
import './least-privilege.cases';
import './redeploy.cases';
