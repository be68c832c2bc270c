import type { Config } from '../model.ts';
import type { Occasion } from './searcher.ts';

/**
 * The first initial configuration that no trial has yet, completed by the mid-point's values; undefined when all were
 * tried. Undefined instead of a list: the mid-point configuration alone. Where there are candidates to choose from: of
 * those listed, the ones among them.
 */
export function nextInitial(
  { study, space, candidates }: Pick<Occasion, 'study' | 'space' | 'candidates'>,
  used: () => ReadonlySet<string>,
): Config | undefined {
  const { initialTrials = candidates ? [] : [{}] } = study;
  if (initialTrials.length === 0) return undefined;
  const tried = used();
  for (const config of initialTrials.map((partial) => space.complete(partial))) {
    const key = space.key(config);
    if (tried.has(key)) continue;
    const found = candidates ? candidates.find((candidate) => space.key(candidate) === key) : config;
    if (found) return found;
  }
  return undefined;
}
