/**
 * Code that cannot stop by itself: trains to the end, and saves its checkpoint only when it is told to end, which takes it
 * a while. Reports into a file. Begun without a checkpoint, it stays at epoch 2 until it is told to end. Notes what
 * happens to it beside its checkpoint.
 */
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const EPOCH_MS = 100;
const SAVING_MS = 1_000;

const folder = process.env.ABOHB_CHECKPOINT_DIR;
const checkpoint = join(folder, 'epoch');
const note = (text) => appendFileSync(join(folder, 'notes'), `${text}\n`);
const isNew = !existsSync(checkpoint);
let epoch = isNew ? 0 : Number(readFileSync(checkpoint, 'utf8'));
let isTold = false;

note(`begins at ${epoch}`);
process.once('SIGTERM', async () => {
  isTold = true;
  note(`is told to end at ${epoch}`);
  await sleep(SAVING_MS);
  writeFileSync(`${checkpoint}.new`, String(epoch));
  renameSync(`${checkpoint}.new`, checkpoint);
  note(`has saved ${epoch}`);
  process.exit(143);
});

while (epoch < Number(process.env.ABOHB_UNTIL)) {
  await sleep(EPOCH_MS);
  if (isTold || (isNew && epoch === 2)) continue;
  epoch += 1;
  appendFileSync(
    process.env.ABOHB_METRICS_PATH,
    `${JSON.stringify({ epoch, v: Number(process.argv[1]) + 1 / epoch })}\n`,
  );
}
