#!/usr/bin/env node
// Sends viewers back by writing the route, with the AWS CLI alone: no function, no Step Functions, no ledger, nothing
// installed. For the night on which `greenroom revert` and the revert function cannot be used.
//
//   node scripts/break-glass.cjs notes-production 'checkout fails, revert function does not answer' [--dry-run]
//
// Viewers get the standby; while a release shifts, the color that is live. Ledger, sizes and the `live` tag do not follow:
// docs/runbook.md, "Break-glass: the route by hand".
const { execFileSync } = require('node:child_process');

/** Somebody else may write in between: the store takes a write only for the state that was read. */
const ATTEMPTS = 5;

/**
 * The route after it, as lambda/domain/route.ts would move it; a test compares both.
 *
 * @throws Error when no color is there to go back to
 */
function goBack(route) {
  const epoch = route.epoch + 1;
  const writer = { release: `break-glass-${epoch}`, nonce: `break-glass-${epoch}` };
  const moved = { ...route, shift: null, sticky: null, preview: null, epoch, moved: epoch, writer };
  if (route.shift !== null) return moved;
  if (route.standby === null)
    throw new Error(`no color is warm: ${route.live} is all there is; docs/runbook.md, "No standby?"`);
  return { ...moved, live: route.standby, standby: route.live, standbySince: epoch };
}

/**
 * @param aws runs the AWS CLI with these arguments and gives its JSON; it throws with what the CLI said
 * @param say takes a line
 */
function breakGlass({ prefix, reason, dryRun, aws, say, by }) {
  const { KeyValueStoreList } = aws('cloudfront', 'list-key-value-stores');
  const store = KeyValueStoreList.Items?.find(({ Name }) => Name === `${prefix}-route`);
  if (store === undefined) throw new Error(`there is no store ${prefix}-route: is the environment right?`);
  const kvs = (verb, ...more) => aws('cloudfront-keyvaluestore', verb, '--kvs-arn', store.ARN, ...more);
  for (let attempt = 1; ; attempt++) {
    // The ETag first: a write between both makes ours fail, and not win.
    const { ETag } = kvs('describe-key-value-store');
    const before = JSON.parse(kvs('get-key', '--key', 'route').Value);
    const after = goBack(before);
    say(`before: ${JSON.stringify(before)}`);
    say(`after:  ${JSON.stringify(after)}`);
    if (dryRun) return;
    try {
      kvs('put-key', '--if-match', ETag, '--key', 'route', '--value', JSON.stringify(after));
    } catch (error) {
      if (attempt === ATTEMPTS || !/(Conflict|Validation)Exception/.test(String(error))) throw error;
      say('somebody wrote in between; once more');
      continue;
    }
    say(`viewers get ${after.live} (${after.releases[after.live]}) within seconds`);
    hold();
    return;
  }

  /** As a revert does: or the next release would come over it. */
  function hold() {
    const values = { pk: 'environment', sk: 'hold', reason, by, at: new Date().toISOString() };
    const item = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { S: value }]));
    try {
      aws('dynamodb', 'put-item', '--table-name', `${prefix}-ledger`, '--item', JSON.stringify(item));
      say('new releases are held until: greenroom resume');
    } catch (error) {
      say(`warning: new releases are not held: ${error.message}`);
    }
  }
}

/** The route's API takes no token of the global STS endpoint; a call that changes something is made once. */
function awsCli(...args) {
  const env = { ...process.env, AWS_PAGER: '', AWS_STS_REGIONAL_ENDPOINTS: 'regional', AWS_MAX_ATTEMPTS: '1' };
  try {
    const said = execFileSync('aws', [...args, '--output', 'json'], {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return said.trim() === '' ? {} : JSON.parse(said);
  } catch (error) {
    throw new Error(`aws ${args.slice(0, 2).join(' ')}: ${String(error.stderr || error.message).trim()}`);
  }
}

module.exports = { breakGlass, goBack };

if (require.main === module) {
  const args = process.argv.slice(2);
  const [prefix, reason, ...others] = args.filter((each) => each !== '--dry-run');
  if (!prefix || !reason || others.length > 0) {
    console.error("usage: node scripts/break-glass.cjs <application>-<environment> '<reason>' [--dry-run]");
    process.exit(2);
  }
  try {
    const by = process.env.USER || 'break-glass';
    breakGlass({ prefix, reason, dryRun: args.includes('--dry-run'), aws: awsCli, say: console.log, by });
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
