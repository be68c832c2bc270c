/** Ring 4: the operator as users run it, on a real node: its image, its chart, and trials that are containers. */
import { describe } from 'vitest';
import { describeOnNode } from './harness/ring.ts';
import { checkpoints } from './suites/checkpoints.ts';
import { contents } from './suites/contents.ts';
import { failures } from './suites/failures.ts';
import { faults } from './suites/faults.ts';
import { gpus } from './suites/gpus.ts';
import { reports } from './suites/reports.ts';
import { severalNodes } from './suites/several-nodes.ts';
import { sidecars } from './suites/sidecars.ts';
import { starting } from './suites/starting.ts';

describeOnNode('on a real node', (ring) => {
  // First what takes longest.
  describe.concurrent('checkpoints', () => checkpoints(ring));
  describe.concurrent('failures are told apart', () => failures(ring));
  describe.concurrent('pods that do not start', () => starting(ring));
  describe.concurrent('reports', () => reports(ring));
  describe.concurrent('sidecars', () => sidecars(ring));
  describe.concurrent('several nodes', () => severalNodes(ring));
  describe.concurrent('GPUs', () => gpus(ring));
  describe.concurrent('the image', () => contents(ring));
  describe('everything fails at times', () => faults(ring));
});
