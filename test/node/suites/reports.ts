/** Reports that come by logs which rotate, and by a sidecar from the operator's own image. */
import { expect, test } from 'vitest';
import type { Trial } from '../../../operator/api/trial.ts';
import type { Ring } from '../harness/ring.ts';
import { studyOf } from '../harness/study.ts';

const EPOCHS = 40;

/** Lines of no interest between two reports, some 12 KB: the log rotates several times. */
const TALKATIVE = `
let epoch = 0;
const train = () => {
  if (epoch >= ${EPOCHS}) return;
  epoch += 1;
  for (let i = 0; i < 100; i++) console.log('step ' + i + ' ' + 'x'.repeat(110));
  console.log(JSON.stringify({ epoch, v: 1 / epoch }));
  setTimeout(train, 300);
};
train();
`;

const WRITES_A_FILE = `
const fs = require('fs');
let epoch = 0;
const train = () => {
  if (epoch >= ${EPOCHS}) return;
  epoch += 1;
  fs.appendFileSync(process.env.ABOHB_METRICS_PATH, JSON.stringify({ epoch, v: 1 / epoch }) + '\\n');
  setTimeout(train, 50);
};
train();
`;

const ALL = Array.from({ length: EPOCHS }, (_, i) => i + 1);

export function reports(ring: () => Ring): void {
  const trained = async (script: string, spec: object): Promise<Trial | undefined> => {
    const home = await ring().home('reports');
    const resource = { name: 'epoch', min: 1, max: EPOCHS };
    const container = { image: ring().images.training, script };
    await ring().apply(home, studyOf({ container, spec: { resource, ...spec } }));
    return (await ring().ended(home)).trials[0];
  };

  test.concurrent('a log that rotates while it is read loses no report and doubles none', async () => {
    const trial = await trained(TALKATIVE, {});
    expect(trial?.status?.observations?.map(({ resource }) => resource)).toEqual(ALL);
    expect(trial?.status?.attempts).toMatchObject([{ outcome: 'Succeeded', trained: EPOCHS }]);
  });

  test.concurrent('a sidecar reads a file of metrics, loses no report, and ends with the trial', async () => {
    const trial = await trained(WRITES_A_FILE, { metrics: { file: { path: '/metrics/train.jsonl' } } });
    expect(trial?.status?.observations?.map(({ resource }) => resource)).toEqual(ALL);
    expect(trial?.status?.attempts).toMatchObject([{ outcome: 'Succeeded', trained: EPOCHS }]);
  });
}
