/**
 * What the schema cannot say: references in the template, values of conditions and of initial trials, the pattern for
 * log lines, GPUs. The operator refuses a Study for these with `Ready=False`; `abohb validate` says the same offline.
 */
import { rungLevels } from '../../src/scheduling/rungs.ts';
import { createSpace } from '../../src/space/space.ts';
import { reportPattern } from '../metrics/pattern.ts';
import { mayHoldGpus } from '../objects/gpus.ts';
import { references } from '../objects/references.ts';
import { reportNames } from '../objects/sidecar.ts';
import { GROUP } from './common.ts';
import { engineAlgorithm, engineParameters } from './engine-study.ts';
import { didYouMean } from './issues.ts';
import { metricsProblems } from './metrics-problems.ts';
import { otherKinds } from './other-kinds.ts';
import { ownedFields } from './owned-fields.ts';
import { pausing } from './pausing.ts';
import type { Problem } from './problems.ts';
import { shown } from './schema.ts';
import type { StudySpec } from './study.ts';
import { notTexts } from './texts.ts';

/** Why a Study is refused: a reason for its Ready condition, and the problems. */
export interface Refusal {
  readonly reason:
    | 'InvalidTemplate'
    | 'InvalidParameters'
    | 'InvalidInitialTrials'
    | 'InvalidPattern'
    | 'InvalidMetrics'
    | 'InvalidPause'
    | 'InvalidLimits';
  readonly problems: readonly Problem[];
}

/** The first kind of trouble with a Study of valid shape; undefined when there is none. */
export function refusal(spec: StudySpec): Refusal | undefined {
  const checks: readonly [Refusal['reason'], readonly Problem[]][] = [
    [
      'InvalidParameters',
      [...conditionValues(spec), ...rungLevelsBelowMax(spec), ...tooManyRungs(spec), ...tooManyPauses(spec)],
    ],
    [
      'InvalidTemplate',
      [
        ...untrainable(spec),
        ...unknownReferences(spec),
        ...ownedFields(spec),
        ...otherKinds(spec),
        ...notTexts(spec),
        ...profilesBelowMax(spec),
      ],
    ],
    ['InvalidPattern', pattern(spec)],
    ['InvalidMetrics', metricsProblems(spec)],
    ['InvalidPause', pausing(spec)],
    ['InvalidLimits', gpuHours(spec)],
  ];
  for (const [reason, problems] of checks) if (problems.length > 0) return { reason, problems };
  const problems = [...initialTrials(spec), ...noThresholds(spec)];
  return problems.length > 0 ? { reason: 'InvalidInitialTrials', problems } : undefined;
}

/** The names a template may refer to. */
export function referenceNames(spec: StudySpec): readonly string[] {
  return [
    ...spec.parameters.map(({ name }) => `parameters.${name}`),
    'trial.name',
    'attempt.name',
    'resource.until',
    'resource.max',
    ...(spec.checkpoint ? OF_CHECKPOINT : []),
  ];
}

const OF_CHECKPOINT: readonly string[] = ['checkpoint.path', 'checkpoint.folder', 'checkpoint.claim'];

function unknownReferences(spec: StudySpec): readonly Problem[] {
  const known = referenceNames(spec);
  const { metadata = {} } = spec.trialTemplate;
  const template = { spec: spec.trialTemplate.spec, metadata };
  return references(template)
    .filter(({ name }) => !known.includes(name))
    .map(({ path, name }) => ({
      path: `spec.trialTemplate.${path}`,
      message: OF_CHECKPOINT.includes(name)
        ? `$(${name}) needs spec.checkpoint: set it or remove the reference`
        : `$(${name}) is not a known reference${didYouMean(name, known)}`,
    }));
}

/** Kinds that train nothing, of groups in which the operator has rights for another purpose. */
function untrainable({ trialTemplate: { apiVersion, kind } }: StudySpec): readonly Problem[] {
  if (apiVersion === undefined) return [];
  const isCore = !apiVersion.includes('/');
  if (!isCore && !apiVersion.startsWith(`${GROUP}/`)) return [];
  const remedy =
    'leave out apiVersion and kind for a Job, or name a kind that runs pods, such as a JobSet of jobset.x-k8s.io/v1alpha2';
  return [{ path: 'spec.trialTemplate.kind', message: `${kind} of ${apiVersion} trains nothing: ${remedy}` }];
}

function conditionValues(spec: StudySpec): readonly Problem[] {
  const byName = new Map(spec.parameters.map((p) => [p.name, p]));
  return spec.parameters.flatMap(({ activeWhen }, i) => {
    const parent = activeWhen && byName.get(activeWhen.parameter);
    if (!parent) return [];
    return activeWhen.in.flatMap((value, j) =>
      hasValue(parent, value)
        ? []
        : [
            {
              path: `spec.parameters[${i}].activeWhen.in[${j}]`,
              message: `${shown(value)} is not a value of parameter ${parent.name}: correct it or add it there`,
            },
          ],
    );
  });
}

function hasValue(parent: StudySpec['parameters'][number], value: number | string): boolean {
  if (parent.categorical) return parent.categorical.values.some((v) => v === value);
  if (parent.ordinal) return parent.ordinal.values.some((v) => v === value);
  const range = parent.int ?? parent.float;
  return typeof value === 'number' && range !== undefined && value >= range.min && value <= range.max;
}

/** The algorithms whose trials are compared at rungs of the user's choice. */
const HALVING = ['abohb', 'asynchronousHyperband'] as const;

function rungLevelsBelowMax(spec: StudySpec): readonly Problem[] {
  return HALVING.flatMap((name) => {
    const tooHigh = spec.algorithm?.[name]?.rungLevels?.find((level) => level > spec.resource.max);
    if (tooHigh === undefined) return [];
    const message = `${tooHigh} is above resource.max ${spec.resource.max}: remove it or raise the maximum`;
    return [{ path: `spec.algorithm.${name}.rungLevels`, message }];
  });
}

function profilesBelowMax({ resourceProfiles = [], resource: { max } }: StudySpec): readonly Problem[] {
  return resourceProfiles.flatMap(({ fromLevel }, i) => {
    if (fromLevel <= max) return [];
    const message = `${fromLevel} is above resource.max ${max}: lower it or remove the profile`;
    return [{ path: `spec.resourceProfiles[${i}].fromLevel`, message }];
  });
}

/** An end that never comes. */
function gpuHours(spec: StudySpec): readonly Problem[] {
  if (spec.limits.maxGPUHours === undefined || mayHoldGpus(spec)) return [];
  const message =
    'would never be reached: no container of spec.trialTemplate has a GPU among its limits, such as nvidia.com/gpu: add it, or leave maxGPUHours out';
  return [{ path: 'spec.limits.maxGPUHours', message }];
}

/** A Trial's status holds a report for each, its spec two decisions. */
const MAX_RUNGS = 26;

function tooManyRungs(spec: StudySpec): readonly Problem[] {
  const algorithm = engineAlgorithm(spec.algorithm);
  const count = 'reductionFactor' in algorithm ? rungLevels(spec.resource, algorithm).length : 0;
  if (count <= MAX_RUNGS) return [];
  const { min, max } = spec.resource;
  const message = `from ${min} to ${max} there are ${count} rungs, more than ${MAX_RUNGS}: raise resource.min or reductionFactor`;
  return [{ path: 'spec.resource', message }];
}

function tooManyPauses({ algorithm, resource }: StudySpec): readonly Problem[] {
  const quantum = algorithm?.freezeThaw?.quantum;
  const count = quantum === undefined ? 0 : Math.ceil(resource.max / quantum) - 1;
  if (count <= MAX_RUNGS) return [];
  const message = `with a quantum of ${quantum} a trial would pause ${count} times, more than ${MAX_RUNGS}: raise it or leave it out`;
  return [{ path: 'spec.algorithm.freezeThaw.quantum', message }];
}

function pattern(spec: StudySpec): readonly Problem[] {
  const text = spec.metrics.log?.pattern;
  if (text === undefined) return [];
  const compiled = reportPattern(text, reportNames(spec));
  return 'problem' in compiled ? [{ path: 'spec.metrics.log.pattern', message: compiled.problem }] : [];
}

function initialTrials(spec: StudySpec): readonly Problem[] {
  const space = createSpace(engineParameters(spec.parameters));
  return (spec.initialTrials ?? []).flatMap((config, i) =>
    space.check(config).map((message) => ({ path: `spec.initialTrials[${i}]`, message })),
  );
}

/** Thresholds that nobody sets. */
function noThresholds(spec: StudySpec): readonly Problem[] {
  return HALVING.flatMap((name) => {
    const needs = spec.algorithm?.[name]?.thresholds === 'InitialTrials';
    if (!needs || (spec.initialTrials ?? []).length > 0) return [];
    const message = 'InitialTrials needs spec.initialTrials: list some or leave thresholds out';
    return [{ path: `spec.algorithm.${name}.thresholds`, message }];
  });
}
