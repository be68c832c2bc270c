/** A Study whose training is made up: fast, the same every time, and continued from its checkpoint. */

/**
 * Walks down a curve that depends on x alone. Appends what it trains to the file given as its first argument, so that
 * epochs trained twice or never show; ends on SIGTERM between two epochs.
 */
const TRAINER = `
const { appendFileSync, existsSync, readFileSync, writeFileSync } = require('node:fs');
const [trained, x, until, pauseMs] = process.argv.slice(1);
const checkpoint = process.env.ABOHB_CHECKPOINT_DIR + '/epoch';
let epoch = existsSync(checkpoint) ? Number(readFileSync(checkpoint, 'utf8')) : 0;
const report = () => console.log(JSON.stringify({ epoch, loss: (x - 0.3) ** 2 + 1 / (epoch + 1) }));
if (epoch > 0) report();
process.on('SIGTERM', () => process.exit(143));
const train = () => {
  if (epoch >= until) return;
  epoch += 1;
  appendFileSync(trained, process.env.ABOHB_TRIAL + ' ' + epoch + '\\n');
  writeFileSync(checkpoint, String(epoch));
  report();
  setTimeout(train, Number(pauseMs));
};
train();
`;

export interface Wanted {
  readonly maxTrials?: number;
  /** Between two epochs, in milliseconds. */
  readonly pauseMs?: number;
  readonly parallelism?: number;
  readonly container?: object;
  readonly spec?: object;
}

/** YAML reads JSON too. trained: where the trainer writes what it has trained. */
export function aStudyFile(trained: string, wanted: Wanted = {}): string {
  const { maxTrials = 12, pauseMs = 0, parallelism = 3, container, spec } = wanted;
  const args = [trained, '$(parameters.x)', '$(resource.until)', String(pauseMs)];
  const train = { name: 'train', command: [process.execPath, '-e', TRAINER, '--', ...args], ...container };
  return JSON.stringify({
    apiVersion: 'abohb.dev/v1alpha1',
    kind: 'Study',
    metadata: { name: 'made-up' },
    spec: {
      objective: { metric: 'loss' },
      resource: { max: 9 },
      parameters: [{ name: 'x', float: { min: 0, max: 1 } }],
      algorithm: { asynchronousHyperband: {} },
      seed: 1,
      parallelism,
      limits: { maxTrials },
      trialTemplate: { spec: { template: { spec: { containers: [train] } } } },
      ...spec,
    },
  });
}
