/** Studies whose trials are containers that pretend to train, at a pace that a test can follow. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLAIM } from './ring.ts';

/**
 * Prints {"epoch": e, "v": …} to ABOHB_UNTIL, the better the smaller x; goes on from the folder for its checkpoint where
 * there is one, and notes there that it was told to end. With x above 0.5 it stays at epoch 2 until it has been told so
 * once: however slow the machine is, it does not end before that.
 */
export const TRAINER = `
const fs = require('fs');
const x = Number(process.argv[1]);
const folder = process.env.ABOHB_CHECKPOINT_DIR;
const write = (name) => folder && fs.writeFileSync(folder + '/' + name, String(epoch));
const has = (name) => folder && fs.existsSync(folder + '/' + name);
let epoch = has('epoch') ? Number(fs.readFileSync(folder + '/epoch', 'utf8')) : 0;
const say = () => console.log(JSON.stringify({ epoch, v: x + 1 / epoch }));
process.on('SIGTERM', () => { write('terminated'); process.exit(143); });
if (epoch > 0) say();
const train = () => {
  if (epoch >= Number(process.env.ABOHB_UNTIL)) return;
  setTimeout(train, 100);
  if (x > 0.5 && epoch === 2 && !has('terminated')) return;
  epoch += 1;
  write('epoch');
  say();
};
train();
`;

/** JavaScript of a file in trainers/, which says what it does. */
export function trainer(name: string): string {
  return readFileSync(join(import.meta.dirname, 'trainers', `${name}.mjs`), 'utf8');
}

export interface Container {
  /** JavaScript. */
  readonly script: string;
  readonly image: string;
  readonly limits?: Readonly<Record<string, string | number>>;
  /** Over what is the same in all containers. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

export interface Wanted {
  readonly container: Container;
  /** Over what is the same in all. */
  readonly spec?: Readonly<Record<string, unknown>>;
  /** Over what is the same in all pods. */
  readonly pod?: Readonly<Record<string, unknown>>;
  /** Of the Job, beside its pods. */
  readonly job?: Readonly<Record<string, unknown>>;
}

/** One trial to epoch 9 unless told otherwise. */
export function studyOf({ container, spec, pod, job }: Wanted): object {
  const { image, script, limits, fields } = container;
  return {
    apiVersion: 'abohb.dev/v1alpha1',
    kind: 'Study',
    metadata: { name: 'study' },
    spec: {
      objective: { metric: 'v', goal: 'Minimize' },
      resource: { name: 'epoch', min: 1, max: 9 },
      parameters: [{ name: 'x', float: { min: 0, max: 1 } }],
      algorithm: { asynchronousHyperband: { scheduling: 'Stopping' } },
      seed: 17,
      parallelism: 1,
      limits: { maxTrials: 1 },
      trialTemplate: {
        primaryContainer: 'train',
        spec: {
          ...job,
          template: {
            spec: {
              restartPolicy: 'Never',
              terminationGracePeriodSeconds: 10,
              securityContext: { fsGroup: 1000 },
              containers: [
                {
                  name: 'train',
                  image,
                  imagePullPolicy: 'Never',
                  command: ['node', '-e', script, '--'],
                  args: ['$(parameters.x)'],
                  resources: { requests: { cpu: '10m', memory: '32Mi' }, ...(limits && { limits }) },
                  ...fields,
                },
              ],
              ...pod,
            },
          },
        },
      },
      ...spec,
    },
  };
}

export const WITH_CHECKPOINTS = { checkpoint: { claimName: CLAIM } };
