/** Studies that are taken. */
import {
  asha,
  type GoodStudy,
  gang,
  lr,
  merged,
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

export const GOOD: readonly GoodStudy[] = [
  { name: 'the usual one', patch: {} },
  { name: 'metrics in a file', patch: spec({ metrics: { file: { path: '/metrics/train.jsonl' } } }) },
  {
    name: 'metrics in event files, others kept beside',
    patch: spec({
      objective: { metric: 'Loss/val' },
      metrics: { tensorBoard: { path: '/logs/', stepsPerUnit: 100, firstStep: 0 }, additional: ['Loss/train', 'lr'] },
    }),
  },
  {
    name: 'metrics on a page',
    patch: spec({
      objective: { metric: 'val_error{split="val"}' },
      metrics: { prometheus: { port: 8000, resource: 'epochs_total' } },
    }),
  },
  {
    name: 'trials that pause by a signal',
    patch: merged(asha({ scheduling: 'Promotion' }), spec({ pause: 'Signal' })) as Patch,
  },
  {
    name: 'a slice of a GPU first and a whole one later',
    patch: merged(
      asha({ scheduling: 'Promotion' }),
      spec({
        resourceProfiles: [{ fromLevel: 3, limits: { 'nvidia.com/gpu': 1 }, remove: ['nvidia.com/mig-1g.10gb'] }],
      }),
    ) as Patch,
  },
  {
    name: 'a claim of its own for checkpoints',
    patch: spec({
      checkpoint: {
        claimTemplate: {
          metadata: { labels: { team: 'a' } },
          spec: { accessModes: ['ReadWriteMany'], resources: { requests: { storage: '1Gi' } } },
        },
        retain: 'Best',
      },
    }),
  },
  {
    name: 'failures told apart',
    patch: spec({
      failures: { infeasibleExitCodes: [65], startDeadline: '1h', retries: { userCode: 1, outOfMemory: 2 } },
    }),
  },
  {
    name: 'a cell of 30 categorical choices',
    patch: parameters(
      ...Array.from({ length: 30 }, (_, i) => ({ name: `op${i}`, categorical: { values: ['conv', 'pool', 'skip'] } })),
    ),
  },
  {
    name: '128 parameters',
    patch: parameters(...Array.from({ length: 128 }, (_, i) => ({ name: `p${i}`, float: { min: 0, max: 1 } }))),
  },
  {
    name: 'conditions three deep',
    patch: parameters(
      optimizer,
      {
        name: 'schedule',
        categorical: { values: ['step', 'cosine'] },
        activeWhen: { parameter: 'optimizer', in: ['sgd'] },
      },
      { name: 'steps', int: { min: 1, max: 5 }, activeWhen: { parameter: 'schedule', in: ['step'] } },
      { name: 'decay', float: { min: 0.1, max: 0.9 }, activeWhen: { parameter: 'steps', in: [2, 3, 4, 5] } },
    ),
  },
  {
    name: 'every kind of parameter with all its options',
    patch: parameters(
      { name: 'momentum', float: { min: 0, max: 0.99, scale: 'ReverseLog' } },
      { name: 'dropout', float: { min: 0, max: 0.5, steps: 6 } },
      { name: 'units', int: { min: 8, max: 256, scale: 'Log', steps: 6 } },
      { name: 'batch', ordinal: { values: [16, 32, 64], spacing: 'NearestLog' } },
      { name: 'ratio', ordinal: { values: [-1.5, 0, 2], spacing: 'Nearest' } },
      { name: 'one', categorical: { values: ['only'] } },
    ),
  },
  { name: 'random search', patch: spec({ algorithm: { randomSearch: {} } }) },
  { name: 'asynchronous Hyperband by its defaults', patch: asha({}) },
  {
    name: 'asynchronous Hyperband with every option',
    patch: asha({
      scheduling: 'Promotion',
      reductionFactor: 2.5,
      brackets: 3,
      rungs: 'PerBracket',
      rule: 'TopK',
      rungLevels: [1, 2, 5],
    }),
  },
  {
    name: 'promotion by cost, with thresholds',
    patch: merged(
      asha({ scheduling: 'Promotion', rule: 'CostAware', thresholds: 'InitialTrials' }),
      spec({ initialTrials: [{ lr: 0.01 }] }),
    ) as Patch,
  },
  {
    name: 'a maximum that grows, and a model that sees everything',
    patch: spec({
      algorithm: {
        abohb: { scheduling: 'Promotion', maxResource: 'Growing', observations: 'All', pending: 'NextUnit' },
      },
    }),
  },
  {
    name: 'a model fitted again when there are a tenth more observations, its proposals per cost',
    patch: spec({ algorithm: { abohb: { acquisition: 'ExpectedImprovementPerCost', refit: { growth: 0.1 } } } }),
  },
  {
    name: 'a model fitted again now and then, its proposals by confidence',
    patch: spec({
      algorithm: {
        bayesianOptimization: { acquisition: 'LowerConfidenceBound', confidence: 2, refit: { period: { every: 5 } } },
      },
    }),
  },
  { name: 'rungs for a billion steps', patch: spec({ resource: { name: 'step', min: 1000, max: 1_000_000_000 } }) },
  { name: 'a value to be maximised, with a target', patch: spec({ objective: { goal: 'Maximize', target: 0.97 } }) },
  { name: 'one rung only', patch: spec({ resource: { min: 9, max: 9 } }) },
  {
    name: 'every limit at once',
    patch: merged(
      train({ resources: { limits: { 'nvidia.com/gpu': 1 } } }),
      spec({ limits: { maxFailedTrials: 0, maxDuration: '1h30m', maxGPUHours: 0.5 } }),
    ) as Patch,
  },
  { name: 'an end by time alone', patch: spec({ limits: { maxTrials: null, maxDuration: '500ms' } }) },
  {
    name: 'an end by GPU hours alone',
    patch: merged(
      train({ resources: { limits: { 'nvidia.com/gpu': '$(parameters.lr)' } } }),
      spec({ limits: { maxTrials: null, maxGPUHours: 400 } }),
    ) as Patch,
  },
  {
    name: 'an end by GPU hours that only the most promising trials use',
    patch: merged(
      asha({ scheduling: 'Promotion' }),
      spec({
        limits: { maxGPUHours: 400 },
        resourceProfiles: [{ fromLevel: 9, limits: { 'nvidia.com/gpu': 1 } }],
      }),
    ) as Patch,
  },
  { name: 'no seed of its own', patch: spec({ seed: null }) },
  { name: 'the largest seed', patch: spec({ seed: 2 ** 52 }) },
  { name: 'a single container named as the primary', patch: template({ primaryContainer: 'train' }) },
  {
    name: 'several containers, one named as the primary',
    patch: merged(
      template({ primaryContainer: 'train' }),
      pod({
        containers: [
          { name: 'train', image: 'train:1' },
          { name: 'proxy', image: 'proxy:1' },
        ],
        initContainers: [{ name: 'fetch', image: 'fetch:1' }],
      }),
    ) as Patch,
  },
  {
    name: 'every reference there is, escapes, and a variable of the container',
    patch: merged(
      spec({ checkpoint: { claimName: 'checkpoints' } }),
      train({
        args: ['--lr=$(parameters.lr)', '$(trial.name)', '$(resource.until)', '$(resource.max)', '$(checkpoint.path)'],
        workingDir: '$(HOME)/$$(not.a.reference)',
      }),
    ) as Patch,
  },
  {
    name: 'restartPolicy Never and backoffLimit 0 said aloud',
    patch: template({ spec: { backoffLimit: 0, template: { spec: { restartPolicy: 'Never' } } } }),
  },
  {
    name: 'a queue and annotations for its Jobs',
    patch: template({ metadata: { labels: { 'kueue.x-k8s.io/queue-name': 'team-a' }, annotations: { team: 'a' } } }),
  },
  { name: 'metrics by annotation', patch: spec({ metrics: { annotation: {} } }) },
  {
    name: 'metrics by a pattern',
    patch: spec({ metrics: { log: { pattern: 'epoch (?<resource>\\d+): error (?<value>\\S+)' } } }),
  },
  {
    name: 'a pattern with the groups named as resource and metric',
    patch: spec({ metrics: { log: { pattern: '(?P<epoch>\\d+) (?P<val_error>\\S+)' } } }),
  },
  {
    name: 'initial trials, some values left out',
    patch: merged(
      parameters(lr, optimizer),
      spec({ initialTrials: [{ lr: 0.01, optimizer: 'adam' }, { optimizer: 'sgd' }, {}] }),
    ) as Patch,
  },
  { name: 'no initial trials at all', patch: spec({ initialTrials: [] }) },
  { name: 'suspended from the start', patch: spec({ suspend: true }) },
  { name: 'running trials left to finish', patch: spec({ onCompletion: { runningTrials: 'Finish' } }) },
  { name: 'the longest name', patch: { metadata: { name: 'd'.repeat(40) } } },
  {
    name: 'a parameter called as every JavaScript object has one',
    patch: parameters({ name: 'constructor', float: { min: 0, max: 1 } }),
  },
  { name: 'a queue that is only named', patch: queued },
  {
    name: 'a queue with everything',
    patch: merged(queued, spec({ queue: { surplus: 2, priorityClasses: [{ fromLevel: 9, name: 'high' }] } })) as Patch,
  },
  {
    name: 'several nodes, as many as the configuration says',
    patch: merged(
      parameters(lr, { name: 'nodes', int: { min: 1, max: 4 } }),
      template({
        spec: {
          completionMode: 'Indexed',
          completions: '$(parameters.nodes)',
          parallelism: '$(parameters.nodes)',
        },
      }),
    ) as Patch,
  },
  { name: 'trials of another kind', patch: gang },
  { name: 'trials of a kind that makes its pods by itself', patch: podless },
  {
    name: 'trials of such a kind that mount their folder themselves',
    patch: merged(
      podless,
      spec({
        checkpoint: { claimName: 'checkpoints', retain: 'Best' },
        trialTemplate: {
          spec: { volumes: [{ claim: '$(checkpoint.claim)', subPath: '$(checkpoint.folder)' }] },
        },
      }),
    ) as Patch,
  },
  {
    name: 'one condition that tells both ends',
    patch: merged(gang, template({ failure: { type: 'Done', status: 'False' } })) as Patch,
  },
  {
    name: 'pods found by labels whose container is in no template',
    patch: merged(
      gang,
      template({ primaryContainer: 'submitter', pods: { labels: { 'gang-name': '$(attempt.name)' } } }),
    ) as Patch,
  },
  {
    name: 'trials of another kind whose pods have labels of their own',
    patch: merged(gang, template({ pods: { labels: { 'gang-name': '$(attempt.name)' } } })) as Patch,
  },
];
