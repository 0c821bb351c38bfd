// Templates are looked at here, and no asset: copying those of all functions into each assembly takes longer than the
// synthesis itself.
process.env.CDK_CONTEXT_JSON = JSON.stringify({ 'aws:cdk:disable-asset-staging': true });
