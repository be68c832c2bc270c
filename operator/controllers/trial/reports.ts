/** Where a trial's reports come from: the log of its pod, that of the pod's sidecar, or an annotation on it. */
import { REPORTS_ANNOTATION } from '../../api/common.ts';
import type { Study } from '../../api/study.ts';
import type { Trial } from '../../api/trial.ts';
import { refOf } from '../../kube/cluster.ts';
import type { Pod } from '../../kube/kinds.ts';
import { withBeside } from '../../metrics/beside.ts';
import type { LogFollower } from '../../metrics/follower.ts';
import type { LogState, Resumed } from '../../metrics/log-record.ts';
import { reportPattern } from '../../metrics/pattern.ts';
import { type LineReader, lineReader, type Read, type Reading, readAnnotation } from '../../metrics/reading.ts';
import { metricsVolume } from '../../objects/metrics-volume.ts';
import { needsSidecar, reportNames } from '../../objects/sidecar.ts';
import { SIDECAR } from '../../sidecar/config.ts';
import { hasStarted, startTime, termination } from './pod.ts';
import { container, openAttempt } from './view.ts';

export interface ReportsInput {
  readonly study: Study;
  readonly trial: Trial;
  readonly pod: Pod | undefined;
  readonly follower: LogFollower;
  readonly now: number;
}

export interface NewsInput extends ReportsInput {
  /** What the pod that reports said before it was gone. */
  readonly said: LogState | undefined;
  /** The pod that the Job has failed for. */
  readonly failed: Pod | undefined;
}

/** What an attempt has reported so far, with the last words of whichever pod failed; undefined before it runs. */
export function newsOf(input: NewsInput): LogState | undefined {
  const { pod, said, failed } = input;
  const state = pod ? reportsOf(input) : said && withRepeats(said, input.study);
  if (!failed || failed.metadata.name === pod?.metadata.name) return state;
  // Of a pod that is gone, nothing more is to be had.
  return withWords({ ...SILENT, ...state, ...(!pod && { complete: true }) }, failed, input);
}

const SILENT: LogState = { reports: [], diverged: undefined, otherNames: [], tail: [], dropped: 0, complete: true };

/** What a pod has reported so far; undefined before it runs. */
export function reportsOf(input: ReportsInput): LogState | undefined {
  const { study, pod } = input;
  const state = pod && (study.spec.metrics.annotation ? annotated(pod, input) : followed(pod, input));
  const isElsewhere = state && (study.spec.metrics.annotation || needsSidecar(study.spec));
  return isElsewhere ? withWords(state, pod, input) : state;
}

function followed(pod: Pod, { study, trial, follower }: ReportsInput): LogState | undefined {
  const name = reportingContainer(study);
  if (!hasStarted(pod, name)) return undefined;
  const { uid = '' } = pod.metadata;
  const state = follower.follow({
    pod: refOf(pod),
    uid,
    container: name,
    read: readerOf(study),
    readsText: study.spec.metrics.log?.pattern !== undefined,
    recorded: trial.status?.reached ?? 0,
    resumed: resumedAt(trial, pod),
  });
  return withRepeats(state, study);
}

/** What is in files that stay is read again by the sidecar of each attempt. */
function withRepeats(state: LogState, { spec }: Study): LogState {
  return metricsVolume(spec)?.isOf === 'Trial' ? { ...state, repeats: true } : state;
}

/** Of the log of code that has ended, so much may be of interest. */
const LAST_MS = 60_000;

/** Where the reports are elsewhere than in a pod's log: with its last lines, when its code has ended without success. */
function withWords(state: LogState, pod: Pod, { study, follower }: ReportsInput): LogState {
  const name = container(study);
  const ended = termination(pod, name);
  if (!ended || (ended.exitCode === 0 && state.reports.length > 0)) return state;
  const finishedAt = Date.parse(ended.finishedAt ?? '');
  const words = follower.follow({
    pod: refOf(pod),
    uid: pod.metadata.uid ?? '',
    container: name,
    read: () => ({ kind: 'nothing' }),
    ...(Number.isFinite(finishedAt) && { since: new Date(finishedAt - LAST_MS).toISOString() }),
  });
  const tail = ended.exitCode === 0 ? [...state.tail, ...words.tail] : words.tail;
  const unread = state.unread ?? words.unread;
  return {
    ...state,
    tail,
    dropped: words.dropped,
    complete: state.complete && words.complete,
    ...(unread && { unread }),
  };
}

/** The container whose log holds the reports. */
export function reportingContainer(study: Study): string {
  return needsSidecar(study.spec) ? SIDECAR : container(study);
}

/** Where the reports are, in words. */
export function whereReported({ spec: { metrics } }: Study): string {
  const { file, tensorBoard, prometheus, annotation } = metrics;
  if (file) return `the file ${file.path}`;
  if (tensorBoard) return `the event files in ${tensorBoard.path}`;
  if (prometheus) return `the page at port ${prometheus.port}`;
  return annotation ? 'the annotation of its pod' : 'its log';
}

/** In words, behind others, why what was reported could not be used; empty where nothing was. */
export function unusableIn(news: LogState | undefined): string {
  return news?.unusable === undefined ? '' : `; what was reported first could not be used: ${news.unusable}`;
}

/** The last report on record, where this pod made it: what it printed before has been read. */
function resumedAt(trial: Trial, pod: Pod): Resumed | undefined {
  const last = trial.status?.observations?.at(-1);
  const started = startTime(pod);
  const attempt = openAttempt(trial);
  if (!last || !attempt || started === undefined || Date.parse(last.at) <= Date.parse(started)) return undefined;
  return { at: last.at, reached: last.resource, trained: attempt.trained };
}

function readerOf({ spec }: Study): LineReader {
  const names = reportNames(spec);
  const text = spec.metrics.log?.pattern;
  const pattern = text === undefined ? undefined : reportPattern(text, names);
  return lineReader(names, pattern && 'match' in pattern ? pattern.match : undefined);
}

/** Cached pods never change: an annotation is read once, however often its trial is looked at. */
const known = new WeakMap<Pod, readonly Read[] | undefined>();

function readsOf(pod: Pod, { spec }: Study): readonly Read[] | undefined {
  const text = pod.metadata.annotations?.[REPORTS_ANNOTATION];
  if (text === undefined) return [];
  if (!known.has(pod)) known.set(pod, readAnnotation(text, reportNames(spec)));
  return known.get(pod);
}

/** Words of an annotation that are shown to the user. */
const SHOWN = 200;

function annotated(pod: Pod, { study, now }: ReportsInput): LogState {
  const reads = readsOf(pod, study);
  const text = pod.metadata.annotations?.[REPORTS_ANNOTATION] ?? '';
  const readings = withBeside(reads ?? []);
  const rising = readings.filter(({ value }) => Number.isFinite(value)).toSorted((a, b) => a.resource - b.resource);
  return {
    reports: rising.map((reading) => ({ ...reading, at: timeOf(reading, pod, now) })),
    diverged: readings.find(({ value }) => !Number.isFinite(value)),
    otherNames: [...new Set((reads ?? []).flatMap(namesIn))],
    unusable: reads?.find((read) => read.kind === 'unusable')?.why,
    tail: reads === undefined ? [`no JSON list: ${text.slice(0, SHOWN)}`] : [],
    dropped: 0,
    complete: true,
  };
}

/** Of what is no report: shown where there is none. */
function namesIn(read: Read): readonly string[] {
  if (read.kind === 'additional') return Object.keys(read.values);
  return read.kind === 'other' ? read.names : [];
}

/** As reported, if that can be; else it counts as observed when it is first seen. */
function timeOf({ at }: Reading, pod: Pod, now: number): string {
  const said = at === undefined ? now : Date.parse(at);
  const earliest = Date.parse(startTime(pod) ?? '') || now;
  return new Date(Math.min(now, Math.max(earliest, said))).toISOString();
}
