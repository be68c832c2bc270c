/** Studies that are refused, and in which words. */
import {
  asha,
  type BadStudy,
  gang,
  lr,
  merged,
  momentum,
  optimizer,
  type Patch,
  parameters,
  pod,
  podless,
  queued,
  spec,
  template,
  train,
} from './study.ts';

export const BAD: readonly BadStudy[] = [
  {
    name: 'resources that change while a pod runs',
    patch: spec({ resourceProfiles: [{ fromLevel: 3, limits: { 'nvidia.com/gpu': 1 } }] }),
    says: [
      'spec.resourceProfiles: a running pod cannot change: resourceProfiles needs an algorithm whose trials pause, such as one with scheduling: Promotion: choose one or leave it out',
    ],
  },
  {
    name: 'trials that are to pause by a signal and never pause',
    patch: spec({ pause: 'Signal' }),
    says: [
      'spec.pause: Signal needs an algorithm whose trials pause, such as one with scheduling: Promotion: choose one or leave it out',
    ],
  },
  {
    name: 'an exit code that means success taken for infeasible',
    patch: spec({ failures: { infeasibleExitCodes: [0] } }),
    says: ['spec.failures.infeasibleExitCodes[0]: must be at least 1, not 0'],
    server: 'spec.failures.infeasibleExitCodes[0]',
  },
  {
    name: 'retries without end',
    patch: spec({ failures: { retries: { userCode: 100 } } }),
    says: ['spec.failures.retries.userCode: must be at most 10, not 100'],
    server: 'spec.failures.retries.userCode',
  },
  {
    name: 'a typo in a field of the spec',
    patch: spec({ paralelism: 4 }),
    says: ['spec.paralelism: unknown field: did you mean parallelism?'],
    server: 'unknown field "spec.paralelism"',
  },
  {
    name: 'a typo in a nested field',
    patch: parameters({ name: 'lr', float: { min: 0, maxx: 1, max: 2 } }),
    says: ['spec.parameters[0].float.maxx: unknown field: did you mean max?'],
    server: 'unknown field "spec.parameters[0].float.maxx"',
  },
  {
    name: 'a field of another tool',
    patch: spec({ maxTrialCount: 4 }),
    says: [
      'spec.maxTrialCount: unknown field: known here are objective, resource, parameters, algorithm, seed, initialTrials, parallelism, limits, suspend, queue, metrics, checkpoint, pause, resourceProfiles, onCompletion, failures, trialTemplate',
    ],
    server: 'unknown field "spec.maxTrialCount"',
  },
  {
    name: 'another version of the API',
    patch: { apiVersion: 'abohb.dev/v2' },
    says: ['apiVersion: must be abohb.dev/v1alpha1, not "abohb.dev/v2"'],
    server: 'Study in version "v2" cannot be handled as a Study',
  },
  {
    name: 'another kind',
    patch: { kind: 'Experiment' },
    says: ['kind: must be Study, not "Experiment"'],
    server: 'kind: Invalid value: "Experiment": must be Study',
  },
  {
    name: 'no spec',
    patch: { spec: null },
    says: ['spec: is missing; it must be an object'],
    server: 'spec: Required value',
  },
  {
    name: 'no metric',
    patch: spec({ objective: { metric: null } }),
    says: ['spec.objective.metric: is missing; it must be a text'],
    server: 'spec.objective.metric: Required value',
  },
  {
    name: 'no objective, resource or limits',
    patch: spec({ objective: null, resource: null, limits: null }),
    says: [
      'spec.objective: is missing; it must be an object',
      'spec.resource: is missing; it must be an object',
      'spec.limits: is missing; it must be an object',
    ],
    server: 'spec.objective: Required value, spec.resource: Required value, spec.limits: Required value',
  },
  {
    name: 'no template',
    patch: spec({ trialTemplate: null }),
    says: ['spec.trialTemplate: is missing; it must be an object'],
    server: 'spec.trialTemplate: Required value',
  },
  {
    name: 'a goal in lower case',
    patch: spec({ objective: { goal: 'minimize' } }),
    says: ['spec.objective.goal: must be Minimize or Maximize, not "minimize"'],
    server: 'spec.objective.goal: Unsupported value: "minimize": supported values: "Minimize", "Maximize"',
  },
  {
    name: 'a text for a number',
    patch: spec({ parallelism: '4' }),
    says: ['spec.parallelism: must be a number, not "4"'],
    server: 'spec.parallelism: Invalid value: "string": spec.parallelism in body must be of type integer: "string"',
  },
  {
    name: 'a number for a text',
    patch: spec({ objective: { metric: 7 } }),
    says: ['spec.objective.metric: must be a text, not 7'],
    server:
      'spec.objective.metric: Invalid value: "integer": spec.objective.metric in body must be of type string: "integer"',
  },
  {
    name: 'a learning rate in quotes',
    patch: parameters({ name: 'lr', float: { min: '1e-4', max: 1 } }),
    says: ['spec.parameters[0].float.min: must be a number, not "1e-4"'],
    server:
      'spec.parameters[0].float.min: Invalid value: "string": spec.parameters[0].float.min in body must be of type number: "string"',
  },
  {
    name: 'half an epoch',
    patch: spec({ resource: { max: 9.5 } }),
    says: ['spec.resource.max: must be an integer, not 9.5'],
    server: 'spec.resource.max: Invalid value: "number": spec.resource.max in body must be of type integer: "number"',
  },
  {
    name: 'parallelism 0',
    patch: spec({ parallelism: 0 }),
    says: ['spec.parallelism: must be at least 1, not 0'],
    server: 'spec.parallelism: Invalid value: 0: spec.parallelism in body should be greater than or equal to 1',
  },
  {
    name: 'no end',
    patch: spec({ limits: { maxTrials: null } }),
    says: ['spec.limits: a Study needs an end: set maxTrials, maxDuration or maxGPUHours (found {})'],
    server: 'a Study needs an end: set maxTrials, maxDuration or maxGPUHours',
  },
  {
    name: 'maxTrials 0',
    patch: spec({ limits: { maxTrials: 0 } }),
    says: ['spec.limits.maxTrials: must be at least 1, not 0'],
    server:
      'spec.limits.maxTrials: Invalid value: 0: spec.limits.maxTrials in body should be greater than or equal to 1',
  },
  {
    name: 'a duration in words',
    patch: spec({ limits: { maxDuration: '5 days' } }),
    says: ['spec.limits.maxDuration: must be a duration such as 90m or 1h30m, not "5 days"'],
    server: `spec.limits.maxDuration: Invalid value: "5 days": spec.limits.maxDuration in body should match '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$'`,
  },
  {
    name: 'no GPU hours at all',
    patch: spec({ limits: { maxGPUHours: 0 } }),
    says: ['spec.limits.maxGPUHours: must be above 0, not 0'],
    server: 'spec.limits.maxGPUHours: Invalid value: 0: spec.limits.maxGPUHours in body should be greater than 0',
  },
  {
    name: 'max resource below min',
    patch: spec({ resource: { min: 10 } }),
    says: ['spec.resource: min is above max: lower min or raise max (found {"name":"epoch","min":10,"max":9})'],
    server: 'min is above max: lower min or raise max',
  },
  {
    name: 'resource 0',
    patch: spec({ resource: { min: 0 } }),
    says: ['spec.resource.min: must be at least 1, not 0'],
    server: 'spec.resource.min: Invalid value: 0: spec.resource.min in body should be greater than or equal to 1',
  },
  {
    name: 'a seed too large to be exact',
    patch: spec({ seed: 2 ** 53 }),
    says: [
      'spec.seed: must be at most 9007199254740991, not 9007199254740992',
      'spec.seed: must be at most 4503599627370496, not 9007199254740992',
    ],
    server:
      'spec.seed: Invalid value: 9007199254740992: spec.seed in body should be less than or equal to 4503599627370496',
  },
  {
    name: 'no parameters',
    patch: parameters(),
    says: ['spec.parameters: must be a list of at least 1, not []'],
    server: 'spec.parameters: Invalid value: 0: spec.parameters in body should have at least 1 items',
  },
  {
    name: '129 parameters',
    patch: parameters(...Array.from({ length: 129 }, (_, i) => ({ name: `p${i}`, float: { min: 0, max: 1 } }))),
    says: [
      'spec.parameters: must be a list of at most 128, not [{"name":"p0","float":{"min":0,"max":1}},{"name":"p1","float":{"min":0,"max":1}},{"name":"p2","float…',
    ],
    server: 'spec.parameters: Too many: 129: must have at most 128 items',
  },
  {
    name: 'min equal to max',
    patch: parameters({ name: 'lr', float: { min: 1, max: 1 } }),
    says: [
      'spec.parameters[0].float: min must be below max: swap or widen them (found {"min":1,"max":1,"scale":"Linear"})',
    ],
    server: 'min must be below max: swap or widen them',
  },
  {
    name: 'min above max',
    patch: parameters({ name: 'units', int: { min: 9, max: 1 } }),
    says: [
      'spec.parameters[0].int: min must be below max: swap or widen them (found {"min":9,"max":1,"scale":"Linear"})',
    ],
    server: 'min must be below max: swap or widen them',
  },
  {
    name: 'Log from 0',
    patch: parameters({ name: 'lr', float: { min: 0, max: 1, scale: 'Log' } }),
    says: [
      'spec.parameters[0].float: scale Log needs min above 0: raise min or use scale Linear (found {"min":0,"max":1,"scale":"Log"})',
    ],
    server: 'scale Log needs min above 0: raise min or use scale Linear',
  },
  {
    name: 'Log from 0 for an integer',
    patch: parameters({ name: 'units', int: { min: 0, max: 8, scale: 'Log' } }),
    says: [
      'spec.parameters[0].int: scale Log needs min of at least 1: raise min or use scale Linear (found {"min":0,"max":8,"scale":"Log"})',
    ],
    server: 'scale Log needs min of at least 1: raise min or use scale Linear',
  },
  {
    name: 'ReverseLog up to 1',
    patch: parameters({ name: 'momentum', float: { min: 0, max: 1, scale: 'ReverseLog' } }),
    says: [
      'spec.parameters[0].float: scale ReverseLog needs 0 ≤ min and max < 1: change them or use scale Linear (found {"min":0,"max":1,"scale":"ReverseLog"})',
    ],
    server: 'scale ReverseLog needs 0 ≤ min and max < 1: change them or use scale Linear',
  },
  {
    name: 'ReverseLog for an integer',
    patch: parameters({ name: 'units', int: { min: 1, max: 8, scale: 'ReverseLog' } }),
    says: ['spec.parameters[0].int.scale: must be Linear or Log, not "ReverseLog"'],
    server: 'spec.parameters[0].int.scale: Unsupported value: "ReverseLog": supported values: "Linear", "Log"',
  },
  {
    name: 'a range too wide for numbers',
    patch: parameters({ name: 'x', float: { min: -1.7e308, max: 1.7e308 } }),
    says: [
      'spec.parameters[0].float: min and max must be within 1e300 of zero: narrow them (found {"min":-1.7e+308,"max":1.7e+308,"scale":"Linear"})',
    ],
    server: 'min and max must be within 1e300 of zero: narrow them',
  },
  {
    name: 'two parameters of one name',
    patch: parameters(lr, lr),
    says: ['spec.parameters[1]: "lr" is there twice: remove or rename one'],
    server: 'spec.parameters[1]: Duplicate value: {"name":"lr"}',
  },
  {
    name: 'a parameter name with a space',
    patch: parameters({ ...momentum, name: 'learning rate' }),
    says: [
      'spec.parameters[0].name: must begin with a letter and go on with letters, digits, underscores, dots and dashes, not "learning rate"',
    ],
    server: `spec.parameters[0].name: Invalid value: "learning rate": spec.parameters[0].name in body should match '^[A-Za-z_][A-Za-z0-9_.-]*$'`,
  },
  {
    name: 'a categorical value twice',
    patch: parameters({ name: 'op', categorical: { values: ['a', 'b', 'a'] } }),
    says: ['spec.parameters[0].categorical.values[2]: "a" is there twice: remove or rename one'],
    server: 'spec.parameters[0].categorical.values[2]: Duplicate value: "a"',
  },
  {
    name: 'numbers as categorical values',
    patch: parameters({ name: 'op', categorical: { values: [1, 2] } }),
    says: [
      'spec.parameters[0].categorical.values[0]: must be a text, not 1',
      'spec.parameters[0].categorical.values[1]: must be a text, not 2',
    ],
    server:
      'spec.parameters[0].categorical.values[0]: Invalid value: "integer": spec.parameters[0].categorical.values[0] in body must be of type string: "integer", spec.parameters[0].categorical.values[1]: Invalid value: "integer": spec.parameters[0].categorical.values[1] in body must be of type string: "integer"',
  },
  {
    name: 'no categorical values',
    patch: parameters({ name: 'op', categorical: { values: [] } }),
    says: ['spec.parameters[0].categorical.values: must be a list of at least 1, not []'],
    server:
      'spec.parameters[0].categorical.values: Invalid value: 0: spec.parameters[0].categorical.values in body should have at least 1 items',
  },
  {
    name: 'ordinal values out of order',
    patch: parameters({ name: 'batch', ordinal: { values: [32, 16] } }),
    says: [
      'spec.parameters[0].ordinal: values must be in increasing order, each once: sort them and remove what is there twice (found {"values":[32,16],"spacing":"Equal"})',
    ],
    server: 'values must be in increasing order, each once: sort them and remove what is there twice',
  },
  {
    name: 'an ordinal value twice',
    patch: parameters({ name: 'batch', ordinal: { values: [16, 16] } }),
    says: [
      'spec.parameters[0].ordinal: values must be in increasing order, each once: sort them and remove what is there twice (found {"values":[16,16],"spacing":"Equal"})',
    ],
    server: 'values must be in increasing order, each once: sort them and remove what is there twice',
  },
  {
    name: 'logarithms of values from 0',
    patch: parameters({ name: 'batch', ordinal: { values: [0, 16], spacing: 'NearestLog' } }),
    says: [
      'spec.parameters[0].ordinal: spacing NearestLog needs positive values: use Equal or Nearest (found {"values":[0,16],"spacing":"NearestLog"})',
    ],
    server: 'spacing NearestLog needs positive values: use Equal or Nearest',
  },
  {
    name: 'a parameter of no kind',
    patch: parameters({ name: 'lr' }),
    says: ['spec.parameters[0]: parameter lr needs exactly one of float, int, categorical, ordinal'],
    server: 'parameter lr needs exactly one of float, int, categorical, ordinal',
  },
  {
    name: 'a parameter of two kinds',
    patch: parameters({ ...lr, int: { min: 1, max: 2 } }),
    says: ['spec.parameters[0]: parameter lr needs exactly one of float, int, categorical, ordinal'],
    server: 'parameter lr needs exactly one of float, int, categorical, ordinal',
  },
  {
    name: 'a condition on a parameter that does not exist',
    patch: parameters({ ...momentum, activeWhen: { parameter: 'optimiser', in: ['sgd'] } }, optimizer),
    says: [
      'spec.parameters: activeWhen must name a parameter listed before its own: correct the name or the order (found "optimiser" in parameter momentum)',
    ],
    server: 'activeWhen must name a parameter listed before its own: correct the name or the order',
  },
  {
    name: 'a condition on a parameter listed later',
    patch: parameters({ ...momentum, activeWhen: { parameter: 'optimizer', in: ['sgd'] } }, optimizer),
    says: [
      'spec.parameters: activeWhen must name a parameter listed before its own: correct the name or the order (found "optimizer" in parameter momentum)',
    ],
    server: 'activeWhen must name a parameter listed before its own: correct the name or the order',
  },
  {
    name: 'a condition on itself',
    patch: parameters({ ...momentum, activeWhen: { parameter: 'momentum', in: [1] } }),
    says: [
      'spec.parameters: activeWhen must name a parameter listed before its own: correct the name or the order (found "momentum" in parameter momentum)',
    ],
    server: 'activeWhen must name a parameter listed before its own: correct the name or the order',
  },
  {
    name: 'a condition on a value the parent does not have',
    patch: parameters(optimizer, { ...momentum, activeWhen: { parameter: 'optimizer', in: ['sgd', 'rmsprop'] } }),
    says: [
      'spec.parameters[1].activeWhen.in[1]: "rmsprop" is not a value of parameter optimizer: correct it or add it there',
    ],
  },
  {
    name: "a condition on a number outside the parent's range",
    patch: parameters(
      { name: 'layers', int: { min: 1, max: 4 } },
      { ...momentum, activeWhen: { parameter: 'layers', in: [5] } },
    ),
    says: ['spec.parameters[1].activeWhen.in[0]: 5 is not a value of parameter layers: correct it or add it there'],
  },
  {
    name: 'a condition on no value',
    patch: parameters(optimizer, { ...momentum, activeWhen: { parameter: 'optimizer', in: [] } }),
    says: ['spec.parameters[1].activeWhen.in: must be a list of at least 1, not []'],
    server:
      'spec.parameters[1].activeWhen.in: Invalid value: 0: spec.parameters[1].activeWhen.in in body should have at least 1 items',
  },
  {
    name: 'two algorithms',
    patch: spec({ algorithm: { randomSearch: {}, asynchronousHyperband: {} } }),
    says: [
      'spec.algorithm: algorithm needs exactly one of abohb, asynchronousHyperband, bayesianOptimization, bohb, freezeThaw, hyperband, randomSearch, regularizedEvolution (found {"asynchronousHyperband":{"scheduling":"Stopping","reductionFactor":3,"brackets":1,"rungs":"Shared",…)',
    ],
    server:
      'algorithm needs exactly one of abohb, asynchronousHyperband, bayesianOptimization, bohb, freezeThaw, hyperband, randomSearch, regularizedEvolution',
  },
  {
    name: 'no algorithm in algorithm',
    patch: spec({ algorithm: {} }),
    says: [
      'spec.algorithm: algorithm needs exactly one of abohb, asynchronousHyperband, bayesianOptimization, bohb, freezeThaw, hyperband, randomSearch, regularizedEvolution (found {})',
    ],
    server:
      'algorithm needs exactly one of abohb, asynchronousHyperband, bayesianOptimization, bohb, freezeThaw, hyperband, randomSearch, regularizedEvolution',
  },
  {
    name: 'an algorithm nobody has heard of',
    patch: spec({ algorithm: { gridSearch: {} } }),
    says: [
      'spec.algorithm.gridSearch: unknown field: known here are abohb, asynchronousHyperband, bayesianOptimization, bohb, freezeThaw, hyperband, randomSearch, regularizedEvolution',
    ],
    server: 'unknown field "spec.algorithm.gridSearch"',
  },
  {
    name: 'reductionFactor 1',
    patch: asha({ reductionFactor: 1 }),
    says: [
      'spec.algorithm.asynchronousHyperband.reductionFactor: reductionFactor must be at least 1.5: raise it (found 1)',
    ],
    server: 'reductionFactor must be at least 1.5: raise it',
  },
  {
    name: 'levels that predict together under a kernel they share',
    patch: spec({ algorithm: { abohb: { ensemble: true } } }),
    says: [
      'spec.algorithm.abohb: ensemble needs kernel IndependentPerLevel: set it, or leave ensemble out (found ExpDecaySum)',
    ],
    server: 'ensemble needs kernel IndependentPerLevel: set it, or leave ensemble out',
  },
  {
    name: 'two schedules of refits',
    patch: spec({ algorithm: { abohb: { refit: { growth: 0.1, period: {} } } } }),
    says: [
      'spec.algorithm.abohb.refit: refit needs exactly one of growth, period (found {"growth":0.1,"period":{"always":150,"every":10}})',
    ],
    server: 'refit needs exactly one of growth, period',
  },
  {
    name: 'refits at nearly every observation, each from the one before',
    patch: spec({ algorithm: { abohb: { refit: { growth: 0.01 } } } }),
    says: ['spec.algorithm.abohb.refit.growth: growth must be at least 0.05: raise it, or use period (found 0.01)'],
    server: 'growth must be at least 0.05: raise it, or use period',
  },
  {
    name: 'cost that counts more than improvement',
    patch: spec({ algorithm: { abohb: { costExponent: 2 } } }),
    says: ['spec.algorithm.abohb.costExponent: must be at most 1, not 2'],
    server: 'spec.algorithm.abohb.costExponent in body should be less than or equal to 1',
  },
  {
    name: 'rung levels out of order',
    patch: asha({ rungLevels: [3, 1] }),
    says: [
      'spec.algorithm.asynchronousHyperband.rungLevels: rungLevels must be in increasing order: sort them (found [3,1])',
    ],
    server: 'rungLevels must be in increasing order: sort them',
  },
  {
    name: 'a rung level above the maximum',
    patch: asha({ rungLevels: [1, 27] }),
    says: [
      'spec.algorithm.asynchronousHyperband.rungLevels: 27 is above resource.max 9: remove it or raise the maximum',
    ],
  },
  {
    name: 'promotion by cost where nobody is promoted',
    patch: asha({ rule: 'CostAware' }),
    says: [
      'spec.algorithm.asynchronousHyperband: rule CostAware needs scheduling Promotion: set it or choose another rule (found scheduling Stopping)',
    ],
    server: 'rule CostAware needs scheduling Promotion',
  },
  {
    name: 'a maximum that grows in several brackets',
    patch: spec({ algorithm: { abohb: { maxResource: 'Growing', scheduling: 'Promotion', brackets: 2 } } }),
    says: [
      'spec.algorithm.abohb: maxResource Growing needs scheduling Promotion and brackets 1: set them or leave maxResource out (found scheduling Promotion, brackets 2)',
    ],
    server: 'maxResource Growing needs scheduling Promotion and brackets 1',
  },
  {
    name: 'thresholds from initial trials that are not there',
    patch: asha({ thresholds: 'InitialTrials' }),
    says: [
      'spec.algorithm.asynchronousHyperband.thresholds: InitialTrials needs spec.initialTrials: list some or leave thresholds out',
    ],
  },
  {
    name: 'more pauses than a Trial can record',
    patch: spec({ resource: { max: 100 }, algorithm: { freezeThaw: { quantum: 3 } } }),
    says: [
      'spec.algorithm.freezeThaw.quantum: with a quantum of 3 a trial would pause 33 times, more than 26: raise it or leave it out',
    ],
  },
  {
    name: 'more rungs than a Trial can record',
    patch: merged(asha({ reductionFactor: 1.5 }), spec({ resource: { max: 1_000_000 } })) as Patch,
    says: ['spec.resource: from 1 to 1000000 there are 34 rungs, more than 26: raise resource.min or reductionFactor'],
  },
  {
    name: 'two sources of metrics',
    patch: spec({ metrics: { log: {}, annotation: {} } }),
    says: [
      'spec.metrics: metrics needs exactly one of log, annotation, file, tensorBoard, prometheus (found {"log":{},"annotation":{}})',
    ],
    server: 'metrics needs exactly one of log, annotation, file, tensorBoard, prometheus',
  },
  {
    name: 'a metrics file in no folder of its own',
    patch: spec({ metrics: { file: { path: '/train.jsonl' } } }),
    says: [
      'spec.metrics.file.path: must be an absolute path of a file in a folder, such as /metrics/train.jsonl, not "/train.jsonl"',
    ],
    server: 'spec.metrics.file.path',
  },
  {
    name: 'additional metrics that are known anyway',
    patch: spec({ metrics: { log: {}, additional: ['epoch', 'loss', 'val_error'] } }),
    says: [
      'spec.metrics.additional[0]: epoch is resource.name already: remove it here',
      'spec.metrics.additional[2]: val_error is objective.metric already: remove it here',
    ],
  },
  {
    name: 'an additional metric twice',
    patch: spec({ metrics: { log: {}, additional: ['loss', 'loss'] } }),
    says: ['spec.metrics.additional[1]: "loss" is there twice: remove or rename one'],
    server: 'spec.metrics.additional[1]: Duplicate value: "loss"',
  },
  {
    name: 'a container that is called as the metrics sidecar is',
    patch: merged(
      pod({ initContainers: [{ name: 'abohb-metrics', image: 'x:1' }] }),
      spec({ metrics: { prometheus: { port: 9090 } } }),
    ) as Patch,
    says: [
      'spec.trialTemplate.spec.template.spec: the name abohb-metrics is that of the metrics sidecar: call the container otherwise',
    ],
  },
  {
    name: 'a metrics file in a volume whose place only the container knows',
    patch: merged(
      train({ volumeMounts: [{ name: 'data', mountPath: '/data', subPathExpr: '$(POD)' }] }),
      spec({ metrics: { file: { path: '/data/out/train.jsonl' } } }),
    ) as Patch,
    says: [
      'spec.metrics.file.path: /data/out/train.jsonl is in volume data, mounted with subPathExpr, which the metrics sidecar cannot follow: use subPath, or a folder where nothing is mounted',
    ],
  },
  {
    name: 'metrics in a volume that all trials share',
    patch: merged(
      pod({
        containers: [{ name: 'train', image: 'train:1', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
      }),
      spec({ metrics: { tensorBoard: { path: '/data/logs' } } }),
    ) as Patch,
    says: [
      'spec.metrics.tensorBoard.path: /data/logs is in volume data, which all trials share, so each would report what others wrote: mount it with a subPath that holds $(trial.name), or choose a folder where nothing, an emptyDir or the checkpoint is mounted',
    ],
  },
  {
    name: 'a pattern that is no regular expression',
    patch: spec({ metrics: { log: { pattern: '(?<resource>[0-9]+' } } }),
    says: [
      'spec.metrics.log.pattern: is not a regular expression that RE2 can read (missing closing ): `(?<resource>[0-9]+`): correct it',
    ],
  },
  {
    name: 'a pattern without its groups',
    patch: spec({ metrics: { log: { pattern: 'epoch (?<resource>\\d+)' } } }),
    says: [
      'spec.metrics.log.pattern: needs the named groups resource and value, such as (?<resource>[0-9]+) and (?<value>[^ ]+)',
    ],
  },
  {
    name: 'a pattern that looks behind',
    patch: spec({ metrics: { log: { pattern: '(?<=a)(?<resource>\\d+) (?<value>\\d+)' } } }),
    says: [
      'spec.metrics.log.pattern: is not a regular expression that RE2 can read (invalid named capture: `(?<=a)(?<resource>`): correct it',
    ],
  },
  {
    name: 'two containers and no primary',
    patch: pod({ containers: [{ name: 'train' }, { name: 'proxy' }] }),
    says: [
      'spec.trialTemplate: primaryContainer must be the name of a container of the pod; it may be left out when there is only one (found none with train, proxy)',
    ],
    server: 'primaryContainer must be the name of a container of the pod; it may be left out when there is only one',
  },
  {
    name: 'a primary container that does not exist',
    patch: template({ primaryContainer: 'trian' }),
    says: [
      'spec.trialTemplate: primaryContainer must be the name of a container of the pod; it may be left out when there is only one (found trian with train)',
    ],
    server: 'primaryContainer must be the name of a container of the pod; it may be left out when there is only one',
  },
  {
    name: 'no containers',
    patch: pod({ containers: [] }),
    says: ['spec.trialTemplate.spec.template.spec.containers: must be a list of at least 1, not []'],
    server:
      'spec.trialTemplate.spec.template.spec.containers: Invalid value: 0: spec.trialTemplate.spec.template.spec.containers in body should have at least 1 items, spec.trialTemplate: Invalid value: "object": primaryContainer must be the name of a container of the pod; it may be left out when there is only one]',
  },
  {
    name: 'an unknown reference in the template',
    patch: train({ args: ['--lr=$(parameters.learning_rate)'] }),
    says: [
      'spec.trialTemplate.spec.template.spec.containers[0].args[0]: $(parameters.learning_rate) is not a known reference: known here are parameters.lr, trial.name, attempt.name, resource.until, resource.max',
    ],
  },
  {
    name: 'a misspelt reference in the template',
    patch: train({ env: [{ name: 'UNTIL', value: '$(resource.untill)' }] }),
    says: [
      'spec.trialTemplate.spec.template.spec.containers[0].env[0].value: $(resource.untill) is not a known reference: did you mean resource.until?',
    ],
  },
  {
    name: '$(checkpoint.folder) without a checkpoint',
    patch: train({ args: ['$(checkpoint.folder)'] }),
    says: [
      'spec.trialTemplate.spec.template.spec.containers[0].args[0]: $(checkpoint.folder) needs spec.checkpoint: set it or remove the reference',
    ],
  },
  {
    name: '$(checkpoint.path) without a checkpoint',
    patch: train({ args: ['--dir', '$(checkpoint.path)'] }),
    says: [
      'spec.trialTemplate.spec.template.spec.containers[0].args[1]: $(checkpoint.path) needs spec.checkpoint: set it or remove the reference',
    ],
  },
  {
    name: 'restartPolicy Always',
    patch: pod({ restartPolicy: 'Always' }),
    says: ['spec.trialTemplate.spec.template.spec.restartPolicy: must be Never or left out, not Always'],
  },
  {
    name: 'backoffLimit 3',
    patch: template({ spec: { backoffLimit: 3 } }),
    says: ['spec.trialTemplate.spec.backoffLimit: must be 0 or left out, not 3: the operator starts new Jobs'],
  },
  {
    name: 'a template that is suspended',
    patch: template({ spec: { suspend: true } }),
    says: ['spec.trialTemplate.spec.suspend: is set by the operator or a queue: remove it, use spec.suspend'],
  },
  {
    name: 'pods of another cluster',
    patch: template({ spec: { managedBy: 'kueue.x-k8s.io/multikueue' } }),
    says: [
      'spec.trialTemplate.spec.managedBy: pods of another cluster (MultiKueue) cannot be seen from here: remove it',
    ],
  },
  {
    name: 'a kind that is suspended, or run elsewhere, by its run policy',
    patch: merged(
      gang,
      template({ spec: { runPolicy: { suspend: true, managedBy: 'kueue.x-k8s.io/multikueue' } } }),
    ) as Patch,
    says: [
      'spec.trialTemplate.spec.runPolicy.suspend: is set by the operator or a queue: remove it, use spec.suspend',
      'spec.trialTemplate.spec.runPolicy.managedBy: pods of another cluster (MultiKueue) cannot be seen from here: remove it',
    ],
  },
  {
    name: 'several pods that would all train the same',
    patch: template({ spec: { parallelism: 2, completions: '$(parameters.lr)' } }),
    says: [
      'spec.trialTemplate.spec.parallelism: must be 1 or left out, not 2: for several nodes set completionMode: Indexed',
      'spec.trialTemplate.spec.completions: must be 1 or left out, not "$(parameters.lr)": for several nodes set completionMode: Indexed',
    ],
  },
  {
    name: 'resources from a level that no trial reaches',
    patch: merged(
      asha({ scheduling: 'Promotion' }),
      spec({ resourceProfiles: [{ fromLevel: 27, limits: { cpu: 2 } }] }),
    ) as Patch,
    says: ['spec.resourceProfiles[0].fromLevel: 27 is above resource.max 9: lower it or remove the profile'],
  },
  {
    name: 'an end by GPU hours where there are no GPUs',
    patch: merged(
      train({ resources: { limits: { 'nvidia.com/gpumem': 4000 } } }),
      spec({ limits: { maxGPUHours: 4 } }),
    ) as Patch,
    says: [
      'spec.limits.maxGPUHours: would never be reached: no container of spec.trialTemplate has a GPU among its limits, such as nvidia.com/gpu: add it, or leave maxGPUHours out',
    ],
  },
  {
    name: 'an initial trial with an unknown parameter',
    patch: spec({ initialTrials: [{ learning_rate: 0.1 }] }),
    says: [
      'spec.initialTrials[0]: learning_rate is 0.1, but there is no such parameter; leave it out or use one of lr',
    ],
  },
  {
    name: 'an initial trial out of range',
    patch: spec({ initialTrials: [{ lr: 0.1 }, { lr: 7 }] }),
    says: ['spec.initialTrials[1]: lr is 7; it must be a number from 0.0001 to 1'],
  },
  {
    name: 'an initial trial with a text for a number',
    patch: spec({ initialTrials: [{ lr: '0.1' }] }),
    says: ['spec.initialTrials[0]: lr is "0.1"; it must be a number from 0.0001 to 1'],
  },
  {
    name: 'an initial trial with a list for a number',
    patch: spec({ initialTrials: [{ lr: [0.1] }] }),
    says: ['spec.initialTrials[0].lr: must be a number or a text, not [0.1]'],
  },
  {
    name: 'a checkpoint without a claim',
    patch: spec({ checkpoint: { mountPath: '/c' } }),
    says: ['spec.checkpoint: checkpoint needs exactly one of claimName, claimTemplate (found neither)'],
    server: 'checkpoint needs exactly one of claimName, claimTemplate',
  },
  {
    name: 'a name too long for its Jobs',
    patch: { metadata: { name: 'd'.repeat(41) } },
    says: [
      'metadata.name ddddddddddddddddddddddddddddddddddddddddd cannot be part of the names of its Jobs: use at most 40 lower-case letters, digits and dashes',
    ],
    server:
      'metadata.name ddddddddddddddddddddddddddddddddddddddddd cannot be part of the names of its Jobs: use at most 40 lower-case letters, digits and dashes',
  },
  {
    name: 'a name in upper case',
    patch: { metadata: { name: 'Digits' } },
    says: [
      'metadata.name Digits cannot be part of the names of its Jobs: use at most 40 lower-case letters, digits and dashes',
    ],
    server:
      'metadata.name Digits cannot be part of the names of its Jobs: use at most 40 lower-case letters, digits and dashes',
  },
  {
    name: 'a name with a dot',
    patch: { metadata: { name: 'digits.v2' } },
    says: [
      'metadata.name digits.v2 cannot be part of the names of its Jobs: use at most 40 lower-case letters, digits and dashes',
    ],
    server:
      'metadata.name digits.v2 cannot be part of the names of its Jobs: use at most 40 lower-case letters, digits and dashes',
  },
  {
    name: 'a queue without its label',
    patch: spec({ queue: { surplus: 2 } }),
    says: [
      'spec: queue needs the label kueue.x-k8s.io/queue-name in trialTemplate.metadata.labels: set it or remove queue (found no label)',
    ],
    server: 'queue needs the label kueue.x-k8s.io/queue-name in trialTemplate.metadata.labels: set it or remove queue',
  },
  {
    name: 'no trial may wait in its queue',
    patch: merged(queued, spec({ queue: { surplus: 0 } })) as Patch,
    says: ['spec.queue.surplus: must be at least 1, not 0'],
    server: 'spec.queue.surplus: Invalid value: 0',
  },
  {
    name: 'two priority classes from one level',
    patch: merged(
      queued,
      spec({
        queue: {
          priorityClasses: [
            { fromLevel: 3, name: 'a' },
            { fromLevel: 3, name: 'b' },
          ],
        },
      }),
    ) as Patch,
    says: ['spec.queue.priorityClasses[1]: 3 is there twice: remove or rename one'],
    server: 'spec.queue.priorityClasses[1]: Duplicate value',
  },
  {
    name: 'another kind that says nothing of its end',
    patch: merged(gang, template({ success: null })) as Patch,
    says: [
      'spec.trialTemplate: a kind other than Job needs success, failure and primaryContainer; a Job needs no success, failure or pods (found Gang)',
    ],
    server: 'a kind other than Job needs success, failure and primaryContainer',
  },
  {
    name: 'another kind whose ends are the same',
    patch: merged(gang, template({ failure: { type: 'Done' } })) as Patch,
    says: ['spec.trialTemplate.failure: Done True means success already: name the condition that means failure'],
  },
  {
    name: 'a primary container that no pod of another kind has',
    patch: merged(gang, template({ primaryContainer: 'trian' })) as Patch,
    says: [
      'spec.trialTemplate.primaryContainer: no pod template of this Gang has a container trian: did you mean train?',
    ],
  },
  {
    name: 'another kind whose pods nobody finds',
    patch: merged(podless, template({ pods: null })) as Patch,
    says: [
      'spec.trialTemplate.pods: is missing: the spec of this Gang has no pod template, so set labels that its pods carry, such as {job: $(attempt.name)}',
    ],
  },
  {
    name: 'what is mounted into pods, or given to them, that the template does not hold',
    patch: merged(
      merged(podless, asha({ scheduling: 'Promotion' })),
      spec({ checkpoint: { claimName: 'c' }, resourceProfiles: [{ fromLevel: 3, limits: { cpu: 2 } }] }),
    ) as Patch,
    says: [
      'spec.checkpoint: the primary container is in no pod template of this Gang: mount claim $(checkpoint.claim) with subPath $(checkpoint.folder) where its spec takes volumes, or leave checkpoint out',
      'spec.resourceProfiles: the primary container is in no pod template of this Gang: leave resourceProfiles out',
    ],
  },
  {
    name: 'a kind without its group and version',
    patch: merged(gang, template({ apiVersion: null })) as Patch,
    says: [
      'spec.trialTemplate: apiVersion and kind go together: set both, or leave both out for a Job (found no apiVersion, Gang)',
    ],
    server: 'apiVersion and kind go together',
  },
  {
    name: 'trials that would be Trials',
    patch: merged(gang, template({ apiVersion: 'abohb.dev/v1alpha1', kind: 'Trial' })) as Patch,
    says: [
      'spec.trialTemplate.kind: Trial of abohb.dev/v1alpha1 trains nothing: leave out apiVersion and kind for a Job, or name a kind that runs pods, such as a JobSet of jobset.x-k8s.io/v1alpha2',
    ],
  },
  {
    name: 'trials that would be claims',
    patch: merged(gang, template({ apiVersion: 'v1', kind: 'PersistentVolumeClaim' })) as Patch,
    says: [
      'spec.trialTemplate.kind: PersistentVolumeClaim of v1 trains nothing: leave out apiVersion and kind for a Job, or name a kind that runs pods, such as a JobSet of jobset.x-k8s.io/v1alpha2',
    ],
  },
  {
    name: 'a Job without a pod',
    patch: template({ spec: { template: null, completions: 1 } }),
    says: ['spec.trialTemplate: a Job needs spec.template, the pod that trains one configuration (found completions)'],
    server: 'a Job needs spec.template',
  },
  {
    name: 'pods of another kind that cannot be told apart',
    patch: merged(gang, template({ pods: { labels: { role: 'leader' } } })) as Patch,
    says: [
      'spec.trialTemplate.pods.labels: needs a label whose value is $(trial.name) or $(attempt.name), to tell the pods of trials apart',
    ],
  },
  ...[
    ['that is a selector', '!a1', '"!a1"'],
    ['that holds two', 'a,b', '"a,b"'],
    ['in two domains', 'a.com/b.com/role', '"a.com/b.com/role"'],
    ['whose domain is none', '-a/role', '"-a/role"'],
  ].map(([what = '', key = '', found]) => ({
    name: `a label of pods ${what}`,
    patch: merged(gang, template({ pods: { labels: { [key]: '$(trial.name)' } } })) as Patch,
    says: [
      `spec.trialTemplate.pods.labels: ${found} is no key of a label: correct it to such as role or example.com/role`,
    ],
  })),
  ...['$(parameters.lr)', 'gang-$(trial.name)', 'a b', 'a,b=c'].map((value) => ({
    name: `a label of pods whose value is ${value}`,
    patch: merged(gang, template({ pods: { labels: { name: '$(trial.name)', role: value } } })) as Patch,
    says: [
      `spec.trialTemplate.pods.labels.role: must be a value a label can have, or $(trial.name) or $(attempt.name) and nothing else, not "${value}"`,
    ],
  })),
];
