/** What `abohb run` is about to do: read from the file and the flags, and refused here if it could not be done. */
import { dirname, resolve } from 'node:path';
import { sentence } from '../../operator/api/problems.ts';
import type { Study } from '../../operator/api/study.ts';
import { validateStudy } from '../../operator/api/validate.ts';
import { isJobTemplate } from '../../operator/api/workload.ts';
import type { Container } from '../../operator/kube/kinds.ts';
import { type Engine, launch } from '../../operator/local/launch.ts';
import { primaryContainer } from '../../operator/objects/job.ts';
import { metricsPath } from '../../operator/objects/sidecar.ts';
import { METRICS_PATH } from '../../operator/sidecar/config.ts';
import { type Io, isRefused, type Refused } from '../command.ts';
import { isStudy } from '../commands/validate.ts';
import { documentsIn, readText } from '../documents.ts';
import { type Arguments, UsageError } from '../flags.ts';
import { devices, gpusPerTrial } from './devices.ts';
import { isDirectory, isExecutable } from './executable.ts';
import { type Folder, folderOf } from './folder.ts';

export const NAMESPACE = 'default';

export interface Plan {
  /** As it is stored for the local run. */
  readonly study: Study;
  readonly container: Container;
  readonly folder: Folder;
  readonly engine: Engine;
  /** GPUs to hand out, by the names that CUDA_VISIBLE_DEVICES takes. */
  readonly gpus: readonly string[];
  /** Where commands run that name no directory: the folder of the file. */
  readonly workingDir: string;
  /** What the user may want to know. */
  readonly notes: readonly string[];
}

/** Throws UsageError. */
export async function planOf({ values, words }: Arguments, io: Io): Promise<Plan | Refused> {
  const [file] = words;
  if (file === undefined || words.length > 1) throw new UsageError('run needs one FILE: abohb run study.yaml');
  const engine = engineOf(values['engine']);
  const wanted = countOf(values['gpus']);
  const study = await studyIn(file, values['name'], io);
  if (isRefused(study)) return study;
  const { trialTemplate } = study.spec;
  if (!isJobTemplate(trialTemplate))
    return {
      refused: [`${file}: spec.trialTemplate.kind: a ${trialTemplate.kind} needs a cluster; here only Jobs run`],
    };
  const container = containerOf(study);
  const workingDir = file === '-' ? io.cwd : dirname(resolve(io.cwd, file));
  const gpus = await devices(wanted, io.env);
  const refused = [
    ...clusterOnly(study),
    ...onePort(study, engine),
    ...tooFewGpus(study, container, gpus.length),
    ...(await cannotStart(container, { engine, workingDir, environment: io.env })),
  ];
  if (refused.length > 0) return { refused: refused.map((problem) => `${file}: ${problem}`) };
  return {
    study: localStudy(study, engine),
    container,
    folder: folderOf(resolve(io.cwd, values['dir'] ?? '.abohb'), study.metadata.name, io.cwd),
    engine,
    gpus,
    workingDir,
    notes: [...notesOn(study, container, gpus.length), ...whereToWrite(study, engine)],
  };
}

function engineOf(text = 'process'): Engine {
  if (text === 'process' || text === 'docker' || text === 'podman') return text;
  throw new UsageError(`--engine ${text} is not known: use process, docker or podman`);
}

function countOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new UsageError(`--gpus ${text} is not a whole number: say how many GPUs the trials may use, such as --gpus 2`);
}

/** The one Study of the file, under its other name if it is given one. */
export async function studyIn(file: string, name: string | undefined, io: Io): Promise<Study | Refused> {
  const content = await readText(file, io);
  if (typeof content !== 'string') return content;
  const documents = documentsIn(content);
  if (isRefused(documents)) return { refused: documents.refused.map((problem) => `${file}: ${problem}`) };
  const [first, ...others] = documents.filter(isStudy);
  if (!first) return { refused: [`${file}: holds no Study`] };
  if (others.length > 0)
    return { refused: [`${file}: holds ${others.length + 1} Studies: put the one to run in a file of its own`] };
  const result = validateStudy(name === undefined ? first.value : renamed(first.value, name));
  if ('study' in result) return result.study;
  return { refused: result.problems.map((problem) => `${file}: ${sentence(problem)}`) };
}

function renamed(value: unknown, name: string): unknown {
  const object = value as { readonly metadata?: object };
  return { ...object, metadata: { ...object.metadata, name } };
}

/** Without what another cluster has said about it. A local process finds its folder where its environment says. */
function localStudy({ apiVersion, kind, metadata, spec }: Study, engine: Engine): Study {
  const { name, labels, annotations } = metadata;
  const own = { name, namespace: NAMESPACE, ...(labels && { labels }), ...(annotations && { annotations }) };
  if (engine !== 'process' || !spec.checkpoint) return { apiVersion, kind, metadata: own, spec };
  const checkpoint = { ...spec.checkpoint, mountPath: '$(ABOHB_CHECKPOINT_DIR)' };
  return { apiVersion, kind, metadata: own, spec: { ...spec, checkpoint } };
}

function containerOf({ spec }: Study): Container {
  const name = primaryContainer(spec);
  const found = spec.trialTemplate.spec.template.spec.containers.find((container) => container.name === name);
  if (!found) throw new TypeError(`container ${name} is not in the template: the schema demands it`);
  return found;
}

function clusterOnly({ spec }: Study): readonly string[] {
  const refused: string[] = [];
  if (spec.metrics.annotation)
    refused.push(
      'spec.metrics.annotation: needs a cluster; print the reports as JSON lines and use metrics: {log: {}}',
    );
  if (spec.resourceProfiles)
    refused.push(
      'spec.resourceProfiles: needs a cluster: all trials of a run on this machine get the same, leave it out',
    );
  const pods = spec.trialTemplate.spec.parallelism ?? 1;
  if (pods !== 1)
    refused.push(
      `spec.trialTemplate.spec.parallelism: ${pods} pods at once need a cluster; remove it for one process per trial`,
    );
  return refused;
}

/** All processes of this machine share its ports; those in containers cannot be reached. */
function onePort({ spec: { metrics, parallelism } }: Study, engine: Engine): readonly string[] {
  if (!metrics.prometheus || (engine === 'process' && parallelism === 1)) return [];
  const why =
    engine === 'process'
      ? `trials would share port ${metrics.prometheus.port} of this machine: set parallelism: 1`
      : `the port of a container cannot be reached here: run without --engine and with parallelism: 1`;
  return [`spec.metrics.prometheus: ${why}, or print the reports and use metrics: {log: {}}`];
}

function tooFewGpus({ spec }: Study, container: Container, there: number): readonly string[] {
  const asked = gpusPerTrial(spec, container);
  if (typeof asked !== 'number') return asked.refused;
  if (asked <= there) return [];
  const have = there === 0 ? 'there are none' : `there are ${there}`;
  const remedy = 'lower it, or say with --gpus how many there are';
  return [`resources.limits "nvidia.com/gpu" of container ${container.name} is ${asked} and ${have}: ${remedy}`];
}

interface Surroundings {
  readonly engine: Engine;
  readonly workingDir: string;
  readonly environment: Io['env'];
}

async function cannotStart(container: Container, around: Surroundings): Promise<readonly string[]> {
  const command = launch(container, { name: 'trial' }, around);
  if ('refused' in command) return [command.refused];
  const { file, cwd } = command;
  if (isReference(file) || isReference(cwd)) return [];
  if (!(await isDirectory(cwd)))
    return [
      `the working directory ${cwd} of container ${container.name} does not exist: make it or correct workingDir`,
    ];
  if (await isExecutable(file, { cwd, env: around.environment })) return [];
  if (around.engine !== 'process') return [`--engine ${file}: ${file} was not found: install it, or check PATH`];
  return [`the command ${file} of container ${container.name} was not found: install it, or check PATH`];
}

function isReference(text: string): boolean {
  return text.includes('$(');
}

function whereToWrite({ spec }: Study, engine: Engine): readonly string[] {
  const path = metricsPath(spec);
  if (path === undefined || engine !== 'process') return [];
  return [`each trial has to write its metrics where ${METRICS_PATH} says, which is not ${path} on this machine`];
}

function notesOn({ spec }: Study, container: Container, gpus: number): readonly string[] {
  const { containers, initContainers = [] } = spec.trialTemplate.spec.template.spec;
  const others = [...containers, ...initContainers].filter(({ name }) => name !== container.name);
  const asked = gpusPerTrial(spec, container);
  return [
    ...others.map(({ name }) => `container ${name} is not run here, only ${container.name} is`),
    ...(gpus > 0 && asked === 0
      ? [`${gpus} GPUs are there, but trials see none: resources.limits "nvidia.com/gpu" says how many each gets`]
      : []),
  ];
}
