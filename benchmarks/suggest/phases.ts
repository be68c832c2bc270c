/** What the time of a suggestion is spent on, by samples of the processor's stack. */
import { type Profiler, Session } from 'node:inspector/promises';

const INTERVAL_US = 200;

/** The functions of a suggestion's parts, with the ends of their files' names. */
const PARTS = [
  { phase: 'fit', name: 'fittedValues', file: 'fitted.ts' },
  { phase: 'posterior', name: 'learn', file: 'surrogate.ts' },
  { phase: 'fantasies', name: 'imagine', file: 'surrogate.ts' },
  { phase: 'candidates', name: 'candidatesOf', file: 'model-based.ts' },
  { phase: 'incumbents', name: 'incumbents', file: 'surrogate.ts' },
  { phase: 'candidates', name: 'beliefs', file: 'surrogate.ts' },
  { phase: 'local search', name: 'improve', file: 'model-based.ts' },
] as const;

const OTHER = 'other';

/** Runs, and says which share of the time each phase took. */
export async function profiled<T>(run: () => T): Promise<{ phases: Record<string, number>; result: T }> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: INTERVAL_US });
  await session.post('Profiler.start');
  const result = run();
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  return { phases: sharesOf(profile), result };
}

function sharesOf({ nodes, samples = [] }: Profiler.Profile): Record<string, number> {
  const phases = phasesOf(nodes);
  const shares: Record<string, number> = {};
  for (const id of samples) {
    const phase = phases.get(id) ?? OTHER;
    shares[phase] = (shares[phase] ?? 0) + 1 / samples.length;
  }
  return shares;
}

/** By node: the phase of the outermost function that has one. */
function phasesOf(nodes: readonly Profiler.ProfileNode[]): ReadonlyMap<number, string> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const phases = new Map<number, string>();
  const visit = (node: Profiler.ProfileNode, outer: string | undefined) => {
    const phase = outer ?? phaseOf(node);
    if (phase !== undefined) phases.set(node.id, phase);
    for (const id of node.children ?? []) {
      const child = byId.get(id);
      if (child) visit(child, phase);
    }
  };
  const [root] = nodes;
  if (root) visit(root, undefined);
  return phases;
}

function phaseOf({ callFrame: { functionName, url } }: Profiler.ProfileNode): string | undefined {
  return PARTS.find(({ name, file }) => name === functionName && url.endsWith(`/${file}`))?.phase;
}
