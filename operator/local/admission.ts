/** What the API server does with Studies and Trials before it stores them: schema, defaults and rules. */
import type { z } from 'zod';
import { sentence } from '../api/problems.ts';
import { studySchema } from '../api/study.ts';
import { trialSchema } from '../api/trial.ts';
import { validateShape } from '../api/validate.ts';
import { KubeError, type KubeObject } from '../kube/cluster.ts';
import type { Admit } from './store.ts';

export const studyAdmission: Admit = admission(studySchema);
export const trialAdmission: Admit = admission(trialSchema);

/** Throws KubeError `Invalid` with everything that is wrong. */
function admission(schema: z.ZodType): Admit {
  return (object, old) => {
    const checked = validateShape(schema, object, old);
    if ('object' in checked) return checked.object as KubeObject;
    throw new KubeError('Invalid', checked.problems.map(sentence).join('; '), { status: 422 });
  };
}
