/** A Study with its Trials as they were stored: what `abohb replay` checks. Pure. */
import { engineStudy } from '../operator/api/engine-study.ts';
import { sentence } from '../operator/api/problems.ts';
import { type Study, studySchema } from '../operator/api/study.ts';
import { type Trial, trialSchema } from '../operator/api/trial.ts';
import { validateShape } from '../operator/api/validate.ts';
import { engineTrial } from '../operator/observe.ts';
import { type Disagreement, replay } from '../src/replay.ts';
import { isRefused, type Refused } from './command.ts';
import type { Document } from './documents.ts';

export interface Recording {
  readonly study: Study;
  readonly trials: readonly Trial[];
}

/** The Studies among the objects, each with its Trials; objects of other kinds do not matter. */
export function recordingsIn(documents: readonly Document[]): readonly Recording[] | Refused {
  const studies = shaped<Study>(documents, 'Study', studySchema);
  const trials = shaped<Trial>(documents, 'Trial', trialSchema);
  if (isRefused(studies)) return studies;
  if (isRefused(trials)) return trials;
  if (studies.length === 0) return { refused: ['holds no Study: print both with kubectl get study,trials -o yaml'] };
  return studies.map((study) => ({ study, trials: trials.filter((trial) => isOf(trial, study)) }));
}

function shaped<T>(
  documents: readonly Document[],
  kind: string,
  schema: typeof studySchema | typeof trialSchema,
): readonly T[] | Refused {
  const objects: T[] = [];
  const refused: string[] = [];
  for (const document of documents.filter((each) => each.kind === kind)) {
    const checked = validateShape(schema as typeof studySchema, document.value);
    if ('object' in checked) objects.push(checked.object as T);
    else refused.push(...checked.problems.map((problem) => `${kind} ${document.name}: ${sentence(problem)}`));
  }
  return refused.length > 0 ? { refused } : objects;
}

/** A Study deleted and created again leaves no Trials of the old one behind: the name tells. */
function isOf(trial: Trial, { metadata }: Study): boolean {
  return trial.spec.study === metadata.name && trial.metadata.namespace === metadata.namespace;
}

export interface Replayed {
  readonly agrees: boolean;
  /** For the user. */
  readonly line: string;
}

export function replayed({ study, trials }: Recording): Replayed {
  const { name } = study.metadata;
  const seed = study.status?.seed;
  if (seed === undefined && trials.length > 0) return { agrees: false, line: `${name}: status.seed is missing` };
  const asked = { study: engineStudy(study.spec, { seed: seed ?? 0, open: true }), trials: trials.map(engineTrial) };
  const { agreed, disagreement } = replay(asked);
  if (disagreement) return { agrees: false, line: `${name}: ${difference(disagreement, agreed)}` };
  return { agrees: true, line: `${name}: ${agreed} ${agreed === 1 ? 'decision agrees' : 'decisions agree'}` };
}

function difference({ seq, trial, recorded, recomputed }: Disagreement, agreed: number): string {
  return `decision ${seq} on trial ${trial} differs: recorded "${recorded}", recomputed "${recomputed}"; the ${agreed} before it agree`;
}
