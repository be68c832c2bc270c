/** What may be changed in a Study that exists, and what may not. */
import { asha, type Edit, lr, merged, momentum, type Patch, parameters, queued, spec, train } from './study.ts';

const frozen = (field: string, at: string): readonly string[] => [
  `${at}: ${field} cannot be changed after creation: delete the object and create another`,
];

export const EDITS: readonly Edit[] = [
  { name: 'more parallelism', patch: spec({ parallelism: 100 }) },
  { name: 'less parallelism', patch: spec({ parallelism: 1 }) },
  { name: 'more trials', patch: spec({ limits: { maxTrials: 1000 } }) },
  {
    name: 'fewer trials and other limits',
    patch: spec({ limits: { maxTrials: 3, maxDuration: '1h', maxFailedTrials: 5 } }),
  },
  { name: 'suspended', patch: spec({ suspend: true }) },
  { name: 'resumed', before: spec({ suspend: true }), patch: spec({ suspend: false }) },
  { name: 'running trials left to finish', patch: spec({ onCompletion: { runningTrials: 'Finish' } }) },
  {
    name: 'more trials in its queue',
    before: merged(queued, spec({ queue: { surplus: 1 } })) as Patch,
    patch: spec({ queue: { surplus: 3 } }),
  },
  { name: 'a label', patch: { metadata: { labels: { team: 'a' } } } },
  { name: 'the default written out', patch: spec({ objective: { goal: 'Minimize' } }) },
  {
    name: 'another metric',
    patch: spec({ objective: { metric: 'loss' } }),
    says: frozen('objective', 'spec.objective'),
  },
  { name: 'a target', patch: spec({ objective: { target: 0.1 } }), says: frozen('objective', 'spec.objective') },
  { name: 'a longer training', patch: spec({ resource: { max: 27 } }), says: frozen('resource', 'spec.resource') },
  { name: 'another parameter', patch: parameters(lr, momentum), says: frozen('parameters', 'spec.parameters') },
  {
    name: 'a wider range',
    patch: parameters({ ...lr, float: { min: 0.00001, max: 1, scale: 'Log' } }),
    says: frozen('parameters', 'spec.parameters'),
  },
  {
    name: 'another algorithm',
    before: spec({ algorithm: { randomSearch: {} } }),
    patch: spec({ algorithm: { randomSearch: null, asynchronousHyperband: {} } }),
    says: frozen('algorithm', 'spec'),
  },
  {
    name: 'an algorithm where there was none',
    patch: spec({ algorithm: { randomSearch: {} } }),
    says: frozen('algorithm', 'spec'),
  },
  {
    name: 'another option of the algorithm',
    before: asha({}),
    patch: asha({ brackets: 2 }),
    says: frozen('algorithm', 'spec'),
  },
  { name: 'another seed', patch: spec({ seed: 2 }), says: frozen('seed', 'spec') },
  { name: 'no seed any more', patch: spec({ seed: null }), says: frozen('seed', 'spec') },
  { name: 'an initial trial', patch: spec({ initialTrials: [{ lr: 0.5 }] }), says: frozen('initialTrials', 'spec') },
  {
    name: 'metrics by annotation',
    patch: spec({ metrics: { log: null, annotation: {} } }),
    says: frozen('metrics', 'spec.metrics'),
  },
  { name: 'a checkpoint', patch: spec({ checkpoint: { claimName: 'c' } }), says: frozen('checkpoint', 'spec') },
  { name: 'another image', patch: train({ image: 'train:2' }), says: frozen('trialTemplate', 'spec.trialTemplate') },
  {
    name: 'two frozen fields at once',
    patch: spec({ seed: 2, resource: { max: 27 } }),
    says: [...frozen('seed', 'spec'), ...frozen('resource', 'spec.resource')],
  },
];
