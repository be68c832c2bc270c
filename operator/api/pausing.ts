/** What only makes sense where trials pause at rungs, or does not go with how they pause. */
import { createScheduler } from '../../src/scheduling/scheduler.ts';
import { engineStudy } from './engine-study.ts';
import type { Problem } from './problems.ts';
import type { StudySpec } from './study.ts';

export function pausing(spec: StudySpec): readonly Problem[] {
  const { pauses } = createScheduler(engineStudy(spec, { seed: 0, open: false }));
  return pauses || spec.pause === 'Exit' ? [] : [{ path: 'spec.pause', message: `Signal ${NEEDS}` }];
}

const NEEDS =
  'needs an algorithm whose trials pause, such as one with scheduling: Promotion: choose one or leave it out';
