import { rungLevels } from '../../../src/scheduling/rungs.ts';
import { type Choose, type Observed, subsample, subsampleBest, thin } from '../../../src/surrogate/subsample.ts';
import { differences } from '../compare.ts';

interface Case {
  readonly kind: 'multi_fidelity' | 'sparsify_dense' | 'single_fidelity';
  readonly max_size: number;
  readonly mode?: 'min' | 'max';
  readonly grace_period?: number;
  readonly eta?: number;
  /** (trial, resource, value), or (trial, value) where there is one resource only. */
  readonly data: readonly (readonly number[])[];
  /** Draws made, in order. */
  readonly choice_calls?: readonly { readonly n: number; readonly size: number; readonly index: readonly number[] }[];
  readonly kept: readonly (readonly number[])[];
}

/** Which observations are kept; their order has no meaning. */
export function check(data: Case): string[] {
  const calls = [...(data.choice_calls ?? [])];
  const problems: string[] = [];
  const choose: Choose = (n, size) => {
    const call = calls.shift();
    problems.push(...differences('draw', { n, size }, call && { n: call.n, size: call.size }));
    return call?.index ?? [];
  };
  const kept = keptOf(data, choose).map(({ trial, resource, value }) =>
    data.kind === 'single_fidelity' ? [trial, data.mode === 'max' ? -value : value] : [trial, resource, value],
  );
  return [
    ...problems,
    ...differences('draws left', calls.length, 0),
    ...differences('kept', sorted(kept), sorted(data.kept)),
  ];
}

function keptOf(data: Case, choose: Choose): readonly Observed[] {
  const { kind, max_size, mode, grace_period: min = 1, eta = 3 } = data;
  if (kind === 'single_fidelity') {
    const sign = mode === 'max' ? -1 : 1;
    const observed = data.data.map(([trial = 0, value = 0]) => ({ trial, resource: 1, value: sign * value }));
    return subsampleBest(observed, max_size, choose);
  }
  const observed = data.data.map(([trial = 0, resource = 0, value = 0]) => ({ trial, resource, value }));
  if (kind === 'multi_fidelity') return subsample(observed, max_size, choose);
  const max = Math.max(...observed.map(({ resource }) => resource));
  return thin(observed, max_size, rungLevels({ min, max: max + 1 }, { reductionFactor: eta }));
}

function sorted(rows: readonly (readonly number[])[]): readonly (readonly number[])[] {
  return rows.toSorted((a, b) => a[0]! - b[0]! || a[1]! - b[1]!);
}
