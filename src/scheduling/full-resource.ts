import type { Scheduler } from './scheduler.ts';

/** Every trial runs straight to the maximum resource: no rungs, nothing to judge, nobody to promote. */
export function fullResource(max: number): Scheduler {
  const noRung = (level: number): never => {
    throw new RangeError(`there is no rung at level ${level}: trials run straight to ${max}`);
  };
  return {
    pauses: false,
    brackets: [{ probability: 1, levels: [] }],
    first: () => max,
    next: () => max,
    judge: ({ level }) => noRung(level),
    enter: ({ level }) => noRung(level),
    retire: () => undefined,
    promotable: () => undefined,
    promoted: (_, level) => noRung(level),
  };
}
