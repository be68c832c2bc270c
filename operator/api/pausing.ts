/** What only makes sense where trials pause at rungs, or does not go with how they pause. */
import { createScheduler } from '../../src/scheduling/scheduler.ts';
import { engineStudy } from './engine-study.ts';
import type { Problem } from './problems.ts';
import type { StudySpec } from './study.ts';

export function pausing(spec: StudySpec): readonly Problem[] {
  const { pauses } = createScheduler(engineStudy(spec, { seed: 0, open: false }));
  const problems: Problem[] = [];
  if (!pauses && spec.pause === 'Signal') problems.push({ path: 'spec.pause', message: `Signal ${NEEDS}` });
  if (spec.resourceProfiles === undefined) return problems;
  const path = 'spec.resourceProfiles';
  if (!pauses) problems.push({ path, message: `a running pod cannot change: resourceProfiles ${NEEDS}` });
  else if (spec.pause === 'Signal')
    problems.push({ path, message: 'a running pod cannot change: leave resourceProfiles out or set pause: Exit' });
  return problems;
}

const NEEDS =
  'needs an algorithm whose trials pause, such as one with scheduling: Promotion: choose one or leave it out';
