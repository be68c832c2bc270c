/**
 * Accepting a Study: refused at once for what the schema cannot check and for a Job or a claim the API server refuses;
 * else given its seed and start time, which must be on record before the first trial.
 */

import { createSpace } from '../../../src/space/space.ts';
import { engineParameters } from '../../api/engine-study.ts';
import { sentence } from '../../api/problems.ts';
import { same } from '../../api/schema.ts';
import { refusal as refusalOf } from '../../api/semantics.ts';
import { STUDY, type Study, type StudyStatus } from '../../api/study.ts';
import { condition } from '../../conditions.ts';
import { isKubeError, keyOf, refOf } from '../../kube/cluster.ts';
import { type Condition, JOB } from '../../kube/kinds.ts';
import { trialJob } from '../../objects/job.ts';
import { needsSidecar } from '../../objects/sidecar.ts';
import { newTrial } from '../../objects/trial.ts';
import type { Requeue } from '../../runtime/controller.ts';
import type { Freshness } from '../../runtime/freshness.ts';
import type { Workloads } from '../../workloads/workloads.ts';
import { type Context, STATUS_OPTIONS, statusOnly } from '../context.ts';
import { refusedClaim } from './claim.ts';
import { statusWithReady } from './study-status.ts';

export interface Accepted {
  readonly seed: number;
  /** RFC 3339. */
  readonly startTime: string;
}

export function isAccepted(result: Accepted | Requeue): result is Accepted {
  return typeof result === 'object' && 'seed' in result;
}

/** Why a Study is not accepted. */
export interface Refused {
  readonly reason: string;
  readonly message: string;
  /** What stands in the way may go without the Study being edited. */
  readonly mayPass?: boolean;
}

export interface AcceptContext extends Context {
  readonly guards: { readonly studies: Freshness };
  readonly workloads: Pick<Workloads, 'kindOf' | 'pods'>;
  /** A seed for a Study that names none. */
  readonly drawSeed: () => number;
}

/** What was refused for a quota, a missing right or a missing kind may be taken later. The longer it was, the rarer we ask. */
const ASK_AGAIN_MS = { first: 5_000, last: 60_000 };

/** A requeue when the Study was refused, or has only just been given its seed: its status has been written then. */
export async function accept(context: AcceptContext, study: Study): Promise<Accepted | Requeue> {
  const { seed, startTime } = study.status ?? {};
  const ready = condition(study.status?.conditions, 'Ready');
  if (seed !== undefined && startTime !== undefined && ready?.status === 'True') return { seed, startTime };
  const refused = await refusal(context, study);
  const now = context.clock.now();
  if (refused) {
    const { reason, message, mayPass = false } = refused;
    const found = { reason, message, status: 'False', needsEdit: !mayPass } as const;
    await write(context, study, statusWithReady(study, found, now));
    return mayPass ? { afterMs: askAgainMs(ready, now) } : 'until-changed';
  }
  const found = { status: 'True', reason: 'Accepted', message: 'the Study is valid and is being run' } as const;
  await write(context, study, {
    ...statusWithReady(study, found, now),
    seed: study.spec.seed ?? seed ?? context.drawSeed(),
    startTime: startTime ?? new Date(now).toISOString(),
  });
  return 'until-changed';
}

function askAgainMs(ready: Condition | undefined, now: number): number {
  const since = ready?.status === 'False' ? Date.parse(ready.lastTransitionTime ?? '') || now : now;
  return Math.min(Math.max(ASK_AGAIN_MS.first, now - since), ASK_AGAIN_MS.last);
}

/** The claim comes last: it is made for a Study that is fine otherwise. */
async function refusal(context: AcceptContext, study: Study): Promise<Refused | undefined> {
  const known = refusedSpec(study) ?? withoutImage(context, study);
  return known ?? (await refusedJob(context, study)) ?? (await refusedClaim(context.cluster, study));
}

function refusedSpec({ spec }: Study): Refused | undefined {
  const refused = refusalOf(spec);
  return refused && { reason: refused.reason, message: refused.problems.map(sentence).join('; ') };
}

/** The sidecar that the Study needs has no image. */
function withoutImage({ image }: AcceptContext, { spec }: Study): Refused | undefined {
  if (image !== undefined || !needsSidecar(spec)) return undefined;
  const { file, tensorBoard } = spec.metrics;
  const source = file ? 'file' : tensorBoard ? 'tensorBoard' : 'prometheus';
  const message = `spec.metrics.${source} needs a sidecar from the operator's own image, which it was not told: set ABOHB_IMAGE in its environment (the Helm chart does), or print the reports and use log`;
  return { reason: 'NoSidecarImage', message };
}

/** Asks the API server whether it would take the Job of a trial. */
async function refusedJob(context: AcceptContext, study: Study): Promise<Refused | undefined> {
  const levels = [1, ...(study.spec.resourceProfiles ?? []).map(({ fromLevel }) => fromLevel)];
  for (const level of new Set(levels)) {
    const refused = await refusedJobTo(context, study, level);
    if (refused) return refused;
  }
  return undefined;
}

/** The Job of a trial that may run to this level. */
async function refusedJobTo(
  { cluster, clock, image, workloads }: AcceptContext,
  study: Study,
  until: number,
): Promise<Refused | undefined> {
  const kind = await workloads.kindOf(study.spec);
  if (kind === undefined) return unknownKind(study);
  const config = createSpace(engineParameters(study.spec.parameters)).defaultConfig();
  const at = new Date(clock.now()).toISOString();
  const decision = {
    kind: 'Start',
    seq: 1,
    known: 0,
    trial: 1,
    config,
    bracket: 0,
    until,
    origin: 'Initial',
  } as const;
  const trial = newTrial(study, decision, at);
  const owned = { ...trial, metadata: { ...trial.metadata, uid: study.metadata.uid ?? '' } };
  const job = trialJob({ study, trial: owned, attempt: 1, until: study.spec.resource.max, image });
  // Under a name that cannot be taken: this one is never created.
  const probe = { ...job, metadata: { ...job.metadata, name: `${study.metadata.name}-dry-run` } };
  try {
    await cluster.create(kind, probe, { dryRun: true });
    return undefined;
  } catch (error) {
    if (!isKubeError(error, 'Invalid', 'BadRequest', 'Forbidden')) throw error;
    const mayPass = error.code === 'Forbidden';
    const isOther = mayPass && kind !== JOB;
    const right = isOther
      ? `; to allow it, add {apiGroup: ${kind.group}, resource: ${kind.plural}} to workloads of the chart`
      : '';
    const message = `the API server refuses the ${kind.kind} of spec.trialTemplate: ${error.message}${right}`;
    return { reason: 'InvalidTemplate', message, mayPass };
  }
}

function unknownKind({ spec: { trialTemplate } }: Study): Refused {
  const { apiVersion, kind } = trialTemplate;
  const message = `the cluster has no ${kind} in ${apiVersion}: correct spec.trialTemplate or install its definition`;
  return { reason: 'UnknownKind', message, mayPass: true };
}

async function write(
  { cluster, guards, record, log }: AcceptContext,
  study: Study,
  status: StudyStatus,
): Promise<void> {
  if (same(status, study.status)) return;
  const key = keyOf(refOf(study));
  await guards.studies.write(key, () => cluster.applyStatus(STUDY, statusOnly(study, status), STATUS_OPTIONS));
  const ready = condition(status.conditions, 'Ready');
  const { reason = '', message = '' } = ready ?? {};
  log.info({ study: key, reason, message }, ready?.status === 'True' ? 'accepted a study' : 'refused a study');
  record(study, { type: ready?.status === 'True' ? 'Normal' : 'Warning', reason, message });
}
