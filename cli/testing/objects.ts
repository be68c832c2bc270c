/** Studies and Trials as a cluster would hold them, with what a test does not name left out of sight. */
import type { Study, StudyStatus } from '../../operator/api/study.ts';
import type { Attempt, Trial, TrialSpec } from '../../operator/api/trial.ts';
import { validateStudy } from '../../operator/api/validate.ts';
import type { TrialStateCondition } from '../../operator/observe.ts';
import { aStudyFile, type Wanted } from './study.ts';

/** Its parameter is x, its metric loss, its resource epochs from 1 to 9. */
export function aStudy(wanted: Wanted & { readonly status?: StudyStatus } = {}): Study {
  const checked = validateStudy(JSON.parse(aStudyFile('trained.txt', wanted)));
  if ('problems' in checked) throw new Error(JSON.stringify(checked.problems));
  const { study } = checked;
  const metadata = { ...study.metadata, namespace: 'default', generation: 1 };
  return { ...study, metadata, ...(wanted.status && { status: wanted.status }) };
}

export interface WantedTrial {
  readonly state?: TrialStateCondition;
  /** Values at epoch 1, 2, …, one second apart. */
  readonly curve?: readonly number[];
  readonly attempts?: readonly Partial<Attempt>[];
  readonly spec?: Partial<TrialSpec>;
}

/** RFC 3339: so many seconds into the test. */
export function second(n: number): string {
  return new Date(n * 1000).toISOString();
}

export function aTrial(number: number, { state, curve = [], attempts = [], spec }: WantedTrial = {}): Trial {
  const name = `made-up-${String(number).padStart(4, '0')}`;
  const last = curve.at(-1);
  return {
    apiVersion: 'abohb.dev/v1alpha1',
    kind: 'Trial',
    metadata: { name, namespace: 'default' },
    spec: {
      study: 'made-up',
      number,
      parameters: { x: number / 10 },
      bracket: 0,
      origin: 'Random',
      until: 9,
      decisions: [{ seq: number, kind: 'Start', at: second(0) }],
      ...spec,
    },
    status: {
      observations: curve.map((value, i) => ({ resource: i + 1, value, at: second(i + 1) })),
      ...(last !== undefined && { reached: curve.length, last }),
      attempts: attempts.map((attempt) => ({ job: `${name}-1`, until: 9, from: 0, gpus: 0, trained: 0, ...attempt })),
      conditions: state ? [{ type: state, status: 'True' }] : [],
    },
  };
}
