import type { Goal } from '../../src/model.ts';

export type Mode = 'min' | 'max';

export function goalOf(mode: Mode): Goal {
  return mode === 'min' ? 'Minimize' : 'Maximize';
}
