/** Reports into a file; fails with code 3 at its last report, before that line has its end. */
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const EPOCH_MS = 50;

const until = Number(process.env.ABOHB_UNTIL);
const write = (text) => appendFileSync(process.env.ABOHB_METRICS_PATH, text);
for (let epoch = 1; epoch <= until; epoch++) {
  write(JSON.stringify({ epoch, v: 1 / epoch }));
  if (epoch < until) write('\n');
  await sleep(EPOCH_MS);
}
console.error('No space left on device');
process.exit(3);
