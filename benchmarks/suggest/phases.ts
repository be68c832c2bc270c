/** What the time of a suggestion is spent on, by samples of the processor's stack. */
import { type Profiler, Session } from 'node:inspector/promises';

const INTERVAL_US = 200;

const OTHER = 'other';

/** The suggestion and the functions of its parts, with the ends of their files' names. */
const PARTS = [
  { phase: OTHER, name: 'suggest', file: '/model-based.ts' },
  { phase: 'memory', name: '(garbage collector)', file: '' },
  { phase: 'data', name: 'observations', file: '/evidence.ts' },
  { phase: 'data', name: 'seen', file: '/learned-model.ts' },
  { phase: 'fit', name: 'fittedValues', file: '/fitted.ts' },
  { phase: 'posterior', name: 'learn', file: '/surrogate.ts' },
  { phase: 'fantasies', name: 'imagine', file: '/surrogate.ts' },
  { phase: 'cost', name: 'learnedCost', file: '/searching/cost.ts' },
  { phase: 'candidates', name: 'candidatesOf', file: '/model-based.ts' },
  { phase: 'incumbents', name: 'incumbents', file: '/surrogate.ts' },
  { phase: 'candidates', name: 'pointsOf', file: '/evidence.ts' },
  { phase: 'candidates', name: 'beliefs', file: '/surrogate.ts' },
  { phase: 'candidates', name: 'rank', file: '/candidates.ts' },
  { phase: 'local search', name: 'improved', file: '/model-based.ts' },
] as const;

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
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const callers = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node] as const)));
  const phases = samples.flatMap((id) => phaseOf(stackOf(byId.get(id), callers)) ?? []);
  const shares: Record<string, number> = {};
  for (const phase of phases) shares[phase] = (shares[phase] ?? 0) + 1 / phases.length;
  return shares;
}

/** From the innermost function. */
function* stackOf(
  innermost: Profiler.ProfileNode | undefined,
  callers: ReadonlyMap<number, Profiler.ProfileNode>,
): Generator<Profiler.ProfileNode> {
  for (let node = innermost; node !== undefined; node = callers.get(node.id)) yield node;
}

/** Of the outermost function that has one; undefined outside of the suggestion. */
function phaseOf(stack: Iterable<Profiler.ProfileNode>): string | undefined {
  const found = [...stack].flatMap(({ callFrame: { functionName, url } }) => {
    return PARTS.find(({ name, file }) => name === functionName && url.endsWith(file))?.phase ?? [];
  });
  return found.findLast((phase) => phase !== OTHER) ?? found[0];
}
