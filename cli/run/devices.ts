/** The GPUs of this machine, and how many of them each trial of a Study asks for. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Study } from '../../operator/api/study.ts';
import type { Container } from '../../operator/kube/kinds.ts';
import { gpusOf } from '../../operator/local/gpus.ts';
import type { Refused } from '../command.ts';

/** nvidia-smi answers within this, unless the driver hangs. */
const ASK_MS = 5000;

/** By the names that CUDA_VISIBLE_DEVICES takes. wanted: how many; undefined: all there are. */
export async function devices(
  wanted: number | undefined,
  env: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  if (wanted === 0) return [];
  const visible = visibleDevices(env['CUDA_VISIBLE_DEVICES']);
  if (wanted === undefined) return visible ?? installedDevices(env);
  return visible && visible.length >= wanted ? visible.slice(0, wanted) : numbered(wanted);
}

/** Undefined when the variable says nothing. CUDA ignores what follows a negative number. */
export function visibleDevices(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const names = text.split(',').map((name) => name.trim());
  const end = names.findIndex((name) => name === '' || name.startsWith('-'));
  return end < 0 ? names : names.slice(0, end);
}

async function installedDevices(env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const ask = promisify(execFile);
  // Not there, or without a driver: no GPUs.
  const listed = await ask('nvidia-smi', ['-L'], { env, timeout: ASK_MS }).catch(() => ({ stdout: '' }));
  return numbered(listed.stdout.split('\n').filter((line) => line.startsWith('GPU ')).length);
}

function numbered(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => String(i));
}

/** What one trial asks for, at most: a reference to a parameter counts with the parameter's largest value. */
export function gpusPerTrial(spec: Study['spec'], container: Container): number | Refused {
  const limit = container.resources?.limits?.['nvidia.com/gpu'];
  const name = /^\$\(parameters\.(?<name>[^)]+)\)$/.exec(String(limit))?.groups?.['name'];
  if (name !== undefined) return largest(spec, name);
  const asked = gpusOf(container);
  return 'refused' in asked ? { refused: [asked.refused] } : asked.count;
}

function largest({ parameters }: Study['spec'], name: string): number {
  const parameter = parameters.find((each) => each.name === name);
  const { int, float, ordinal, categorical } = parameter ?? {};
  const values = ordinal?.values ?? categorical?.values ?? [(int ?? float)?.max ?? 0];
  return Math.max(0, ...values.map(Number).filter(Number.isFinite));
}
