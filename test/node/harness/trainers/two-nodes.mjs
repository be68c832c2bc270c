/**
 * Trains on two nodes: neither begins before the other is there. The first reports; the second prints what must not count,
 * and with FAILS set it fails when the first is done, which then waits to be told to end.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const index = Number(process.env.JOB_COMPLETION_INDEX);
const at = (name) => join(process.env.ABOHB_CHECKPOINT_DIR, name);

async function until(name) {
  while (!existsSync(at(name))) await sleep(50);
}

process.once('SIGTERM', () => process.exit(143));
writeFileSync(at(`node-${index}`), '');
await until(`node-${1 - index}`);
for (let epoch = 1; epoch <= Number(process.env.ABOHB_UNTIL); epoch++) {
  console.log(JSON.stringify({ epoch, v: index === 0 ? 1 / epoch : -epoch }));
}
writeFileSync(at(`done-${index}`), '');
await until('done-0');
if (process.env.FAILS && index === 1) {
  console.error('lost the connection to node 0');
  process.exit(7);
}
if (process.env.FAILS) await until('never');
