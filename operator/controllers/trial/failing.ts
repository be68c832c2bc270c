/** What kind of failure ended an attempt, and in which words. Pure. */
import type { FailureClass } from '../../api/failures.ts';
import type { Failure } from '../../api/trial.ts';
import { isJobTemplate } from '../../api/workload.ts';
import { condition } from '../../conditions.ts';
import type { Condition, Job, Pod } from '../../kube/kinds.ts';
import { ATTEMPT_LABEL, reportingLabels } from '../../objects/workload.ts';
import { initFailure, termination } from './pod.ts';
import { unusableIn, whereReported } from './reports.ts';
import { container, type TrialView } from './view.ts';

export function startFailed(message: string): Failure {
  return failed('StartFailed', message);
}

export function failed(kind: FailureClass, message: string, exitCode?: number): Failure {
  return { class: kind, ...(exitCode !== undefined && { exitCode }), message: message.slice(0, MESSAGE_LENGTH) };
}

/** Of a Job that has failed, or of code that has exited with an error. */
export function failureOf(view: TrialView, job: Job, pod: Pod | undefined): Failure {
  return (
    ofKind(view, job, pod) ??
    late(view, job, pod) ??
    ofMemory(view, pod) ??
    neverRan(view, job, pod) ??
    ofCode(view, pod)
  );
}

/** Of a kind other than Job, where no pod tells more than its condition does. */
function ofKind(view: TrialView, job: Job, pod: Pod | undefined): Failure | undefined {
  const exitCode = termination(pod, container(view.study))?.exitCode ?? 0;
  if (isJobTemplate(view.study.spec.trialTemplate) || exitCode !== 0) return undefined;
  const unsaid: Pick<Condition, 'reason' | 'message'> = { reason: `pod ${pod?.metadata.name} failed` };
  const { reason = 'no reason', message = '' } = condition(job.status?.conditions, 'Failed') ?? unsaid;
  return failed('UserCode', `${job.kind} ${job.metadata.name} failed: ${message || reason}; ${lastLines(view)}`);
}

/** Both a Job and a pod may have a deadline. */
function late(view: TrialView, job: Job, pod: Pod | undefined): Failure | undefined {
  const isJobLate = condition(job.status?.conditions, 'Failed')?.reason === 'DeadlineExceeded';
  if (!isJobLate && pod?.status?.reason !== 'DeadlineExceeded') return undefined;
  const what = isJobLate ? 'the Job' : 'its pod';
  return failed('DeadlineExceeded', `${what} ran longer than its activeDeadlineSeconds; ${lastLines(view)}`);
}

function ofMemory(view: TrialView, pod: Pod | undefined): Failure | undefined {
  const name = container(view.study);
  const ended = termination(pod, name);
  if (ended?.reason !== 'OOMKilled') return undefined;
  const remedy = 'raise its limit or bound the parameters';
  const { exitCode } = ended;
  return failed('OutOfMemory', `container ${name} ran out of memory: ${remedy}; ${lastLines(view)}`, exitCode);
}

function neverRan(view: TrialView, job: Job, pod: Pod | undefined): Failure | undefined {
  const name = container(view.study);
  const ended = termination(pod, name);
  if (ended && ended.reason !== 'StartError') return undefined;
  const own = ended?.message ?? initFailure(pod) ?? pod?.status?.message;
  const why = own ?? condition(job.status?.conditions, 'Failed')?.message ?? 'the Job failed and its pod is gone';
  return startFailed(`container ${name} never ran: ${why}`);
}

function ofCode(view: TrialView, pod: Pod | undefined): Failure {
  const name = container(view.study);
  const { exitCode = 0, message } = termination(pod, name) ?? {};
  const why = message ? `: ${message}` : '';
  const isInfeasible = view.study.spec.failures.infeasibleExitCodes.includes(exitCode);
  const ofPod = podWords(pod);
  const words = `container ${name} exited with code ${exitCode}${why}${ofPod && `; ${ofPod}`}; ${lastLines(view)}`;
  return failed(isInfeasible ? 'Infeasible' : 'UserCode', words, exitCode);
}

/** A failure's message may be 2048 characters long. */
export const MESSAGE_LENGTH = 1800;

export function noMetric(view: TrialView): Failure {
  const { objective, resource } = view.study.spec;
  const others = view.news?.otherNames ?? [];
  const found = others.length > 0 ? `; found there: ${others.join(', ')}` : '';
  const wanted = `no report of ${objective.metric} with ${resource.name} was found in ${whereReported(view.study)}${found}`;
  return failed('NoMetricReported', `${wanted}${unusableIn(view.news)}; ${lastLines(view)}`);
}

/** Why the kubelet ended the pod, in its words, such as for the storage it took; empty where it did not. */
function podWords(pod: Pod | undefined): string {
  const { reason, message } = pod?.status ?? {};
  if (reason === undefined) return '';
  return (message ? `${reason}: ${message.trim()}` : reason).slice(0, WORDS_LENGTH);
}

const WORDS_LENGTH = 500;

/** What trained it has ended, and no pod of it was ever seen. */
export function noPod(
  { study, trial }: Pick<TrialView, 'study' | 'trial'>,
  { kind, metadata: { name } }: Job,
): Failure {
  const own = isJobTemplate(study.spec.trialTemplate) ? undefined : { [ATTEMPT_LABEL]: name };
  const labels = reportingLabels(study.spec, { trial: trial.metadata.name, attempt: name }) ?? own ?? {};
  const wanted = Object.entries(labels).map((entry) => entry.join('='));
  const where = wanted.length > 0 ? ` (labels ${wanted.join(', ')})` : '';
  const words = `no pod of ${kind} ${name} with a container ${container(study)} was found${where}`;
  return failed('NoMetricReported', `${words}: nobody knows what it reported`);
}

export function lastLines({ news }: TrialView): string {
  const tail = (news?.tail ?? []).filter((line) => line.trim() !== '');
  const unread = news?.unread && `its log could not be read: ${news.unread.why}`;
  if (tail.length > 0) return `${unread ? `${unread}; ` : ''}last lines of its log: ${tail.join(' ⏎ ')}`;
  if (unread) return unread;
  const dropped = news?.dropped ? ` but ${news.dropped} lines too long to read` : '';
  return `its log is empty${dropped}`;
}
