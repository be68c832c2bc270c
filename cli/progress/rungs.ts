/** How trials fare at the rungs, in one line. Pure. */
import type { StudyStatus } from '../../operator/api/study.ts';

export type Rung = NonNullable<StudyStatus['rungs']>[number];

/** "epoch 1: 18 of 45 passed, 3: 7 of 17, 9: 3 of 6" */
export function rungsInWords(resource: string, rungs: readonly Rung[]): string {
  return rungs
    .map(({ level, passed, observed }, i) =>
      i === 0 ? `${resource} ${level}: ${passed} of ${observed} passed` : `${level}: ${passed} of ${observed}`,
    )
    .join(', ');
}
