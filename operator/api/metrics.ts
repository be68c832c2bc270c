/** Where the reports of the training code are found: spec.metrics of a Study. */
import { z } from 'zod';
import { immutable, setList, withRules } from './schema.ts';

/** Each is kept at every rung level of every trial: few enough for a Trial to stay small. */
const MAX_ADDITIONAL = 8;
const MAX_NAME = 128;

/** Nothing Kubernetes would replace, no empty part. */
const FILE = /^(\/[^/$:]+){2,}$/;
const FOLDER = /^(\/[^/$:]+)+\/?$/;

const log = z
  .strictObject({
    pattern: z
      .string()
      .min(1)
      .max(1024)
      .optional()
      .describe(
        'A regular expression (RE2) for lines that are not JSON, with the named groups resource and value, such as "epoch (?<resource>[0-9]+): error (?<value>[^ ]+)".',
      ),
  })
  .optional()
  .describe('JSON objects, one per line, on the output of the primary container: {"epoch": 3, "val_error": 0.12}.');

const annotation = z
  .strictObject({})
  .optional()
  .describe(
    'The training code patches the annotation abohb.dev/reports of its pod with a JSON list of all its reports so far.',
  );

const file = z
  .strictObject({
    path: z
      .string()
      .max(512)
      .regex(FILE, 'must be an absolute path of a file in a folder, such as /metrics/train.jsonl')
      .describe(
        'The file the primary container writes, such as /metrics/train.jsonl; also in ABOHB_METRICS_PATH. Unless the container mounts a volume there, an empty one is mounted at its folder and hides what the image has there.',
      ),
    format: z
      .enum(['JSON', 'CSV'])
      .optional()
      .describe(
        'JSON: one object per line. CSV: a line of names, then one line per report. When absent CSV for a path that ends in .csv, else JSON.',
      ),
  })
  .optional()
  .describe('A file that the training code writes line by line; a sidecar reads it.');

const tensorBoard = z
  .strictObject({
    path: z
      .string()
      .max(512)
      .regex(FOLDER, 'must be an absolute path of a folder, such as /logs')
      .describe(
        'The folder of the event files or one above it; also in ABOHB_METRICS_PATH. Unless the container mounts a volume there, an empty one is mounted and hides what the image has there.',
      ),
    stepsPerUnit: z
      .int()
      .min(1)
      .max(1e9)
      .default(1)
      .describe('How many steps make one unit of the resource, such as the batches of an epoch.'),
    firstStep: z
      .int()
      .min(0)
      .max(1)
      .default(1)
      .describe('0 where the code counts its steps from zero: then step 0 completes the first one.'),
  })
  .optional()
  .describe(
    'TensorBoard event files: the metric is the tag of a scalar, or folder/tag where several folders have it; the resource is the step. A sidecar reads them.',
  );

const prometheus = z
  .strictObject({
    port: z.int().min(1).max(65_535).describe('Port of the pod.'),
    path: z.string().max(512).regex(/^\//, 'must begin with /').default('/metrics').describe('Path of the page.'),
    intervalSeconds: z.int().min(1).max(3600).default(5).describe('Seconds from one look to the next.'),
    resource: z
      .string()
      .min(1)
      .max(253)
      .optional()
      .describe('Name of the series that holds the resource; resource.name when absent.'),
  })
  .optional()
  .describe(
    'A Prometheus page: the metric is the name of a series, with labels in braces where several have it. A sidecar reads it whenever the resource has risen, so set the metric before the resource.',
  );

const additional = setList(z.string().min(1).max(MAX_NAME), { max: MAX_ADDITIONAL })
  .optional()
  .describe(
    'Other metrics to keep beside the objective, such as train_loss: their values at rung levels, at the best and at the last report are in the status of each Trial.',
  );

const SOURCES = ['log', 'annotation', 'file', 'tensorBoard', 'prometheus'] as const;

const oneOf = `[${SOURCES.map((name) => `has(self.${name})`).join(', ')}].filter(x, x).size() == 1`;

export const metrics = withRules(
  z.strictObject({ log, annotation, file, tensorBoard, prometheus, additional }),
  {
    cel: oneOf,
    message: `metrics needs exactly one of ${SOURCES.join(', ')}`,
    holds: (m) => SOURCES.filter((name) => m[name] !== undefined).length === 1,
  },
  immutable('metrics'),
)
  .default({ log: {} })
  .describe('Where the reports of the training code are found; log when absent.');
