/** What the API server does with Studies and Trials before it stores them: schema, defaults and rules. */
import { z } from 'zod';
import { sentence } from '../api/problems.ts';
import { studySchema } from '../api/study.ts';
import { trialSchema } from '../api/trial.ts';
import { validateShape } from '../api/validate.ts';
import { KubeError, type KubeObject } from '../kube/cluster.ts';
import type { Admit } from './store.ts';

export const studyAdmission: Admit = admission(studySchema);
export const trialAdmission: Admit = admission(trialSchema);

/** Throws KubeError `Invalid` with everything that is wrong. */
function admission(schema: z.ZodObject): Admit {
  // A write of the status leaves the rest as it was, and that has been checked.
  const status = z.looseObject({ status: schema.shape['status'] as z.ZodType });
  return (object, old, subresource) => {
    const checked = validateShape(subresource === 'status' ? status : schema, object, old);
    if ('object' in checked) return checked.object as unknown as KubeObject;
    throw new KubeError('Invalid', checked.problems.map(sentence).join('; '), { status: 422 });
  };
}
