/** Decisions → the Trials that record them. */
import type { Decision, StartDecision } from '../../src/model.ts';
import { API_VERSION, STUDY_LABEL } from '../api/common.ts';
import type { Study } from '../api/study.ts';
import type { RecordedDecision, Trial, TrialSpec } from '../api/trial.ts';
import { refOf } from '../kube/cluster.ts';

/** Digits of a trial's number in its name: sorts up to 9,999; larger numbers are just longer. */
const NUMBER_WIDTH = 4;

export function trialName(study: string, number: number): string {
  return `${study}-${String(number).padStart(NUMBER_WIDTH, '0')}`;
}

export function newTrial(study: Study, decision: StartDecision, at: string): Trial {
  const { name, namespace } = refOf(study);
  return {
    apiVersion: API_VERSION,
    kind: 'Trial',
    metadata: {
      name: trialName(name, decision.trial),
      namespace,
      labels: { [STUDY_LABEL]: name },
      ownerReferences: [
        {
          apiVersion: API_VERSION,
          kind: 'Study',
          name,
          uid: study.metadata.uid ?? '',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      study: name,
      number: decision.trial,
      parameters: decision.config,
      bracket: decision.bracket,
      origin: decision.origin,
      ...(decision.proposal && { proposal: decision.proposal }),
      until: decision.until,
      decisions: [record(decision, at)],
    },
  };
}

/** The Trial to apply so that the decision is on record; `stop` says why it is to end, where it is. */
export function withDecision(
  trial: Trial,
  decision: Exclude<Decision, StartDecision>,
  { at, stop }: { readonly at: string; readonly stop?: TrialSpec['stop'] },
): Trial {
  const until = 'until' in decision ? Math.max(trial.spec.until, decision.until) : trial.spec.until;
  return withSpec(trial, {
    ...trial.spec,
    until,
    ...(stop && { stop }),
    decisions: [...trial.spec.decisions, record(decision, at)],
  });
}

/** The Trial to apply so that it ends for a reason that is not the scheduler's. */
export function stopped(
  trial: Trial,
  stop: NonNullable<TrialSpec['stop']>,
  { seq, at }: { seq: number; at: string },
): Trial {
  const decisions: readonly RecordedDecision[] = [...trial.spec.decisions, { seq, kind: 'Stop', at }];
  return withSpec(trial, { ...trial.spec, stop, decisions });
}

function withSpec(trial: Trial, spec: TrialSpec): Trial {
  const { name, namespace, uid } = trial.metadata;
  const { apiVersion, kind } = trial;
  return { apiVersion, kind, metadata: { name, ...(namespace && { namespace }), ...(uid && { uid }) }, spec };
}

function record(decision: Decision, at: string): RecordedDecision {
  const { seq, kind } = decision;
  const known = 'known' in decision ? decision.known : undefined;
  return {
    seq,
    kind,
    ...(decision.kind !== 'Start' && { level: decision.level }),
    ...(known !== undefined && { known }),
    at,
  };
}
