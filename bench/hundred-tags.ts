/** A hundred tags in one minute, under each policy: npm run campaign:tags. */
import { hundredTags } from '../test/workflow/campaign/hundred';

void (async () => {
  for (const concurrency of ['queue', 'supersede', 'reject'] as const) {
    const { ends, turns, callsEach, callsWhileWaiting, broken } = await hundredTags(concurrency);
    const counted = Object.entries(ends).map(([end, amount]) => `${amount} ${end}`);
    console.log(
      `${concurrency}: ${counted.join(', ')}; the turn was held ${turns.length} times; ` +
        `${callsEach.toFixed(0)} calls to AWS a release, ${callsWhileWaiting.toFixed(1)} of them to ask for the turn`,
    );
    for (const each of broken) console.log(`  ✗ ${each}`);
    if (broken.length > 0) process.exitCode = 1;
  }
})();
