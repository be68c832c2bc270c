import { BracketQueue, halvingRungs } from '../../../src/scheduling/halving.ts';
import { differences, type JsonNumber } from '../compare.ts';
import { goalOf, type Mode } from '../goal.ts';

interface Place {
  readonly bracket_id: number;
  readonly rung_index: number;
  readonly slot_index: number;
  readonly trial: number;
}
interface NextJob extends Place {
  readonly op: 'next_job';
  readonly level: number;
  readonly is_new: boolean;
}
interface Result extends Place {
  readonly op: 'result';
  readonly metric: JsonNumber;
  readonly not_promoted: readonly number[] | null;
}
interface Case {
  readonly mode: Mode;
  readonly r_min: number;
  readonly r_max: number;
  readonly eta: number;
  readonly num_brackets: number | null;
  readonly rungs: readonly (readonly { readonly size: number; readonly level: number }[])[];
  readonly events: readonly (NextJob | Result)[];
}

/** Which slot is filled next, and who goes on, event by event. */
export function check({ mode, r_min: min, r_max: max, eta, num_brackets, rungs, events }: Case): string[] {
  const kinds = halvingRungs({ min, max }, eta, num_brackets ?? undefined);
  const queue = new BracketQueue(kinds, goalOf(mode));
  const problems = events.flatMap((event, i) => {
    const found = event.op === 'next_job' ? nextJob(queue, event) : result(queue, event);
    return found.map((problem) => `event ${i} (${event.op}): ${problem}`);
  });
  return [...differences('rungs', kinds, rungs), ...problems];
}

function nextJob(queue: BracketQueue, { bracket_id, rung_index, level, slot_index, trial, is_new }: NextJob): string[] {
  const next = queue.next();
  const bracket = queue.bracket(next.id);
  const { rung } = bracket;
  const found = { bracket_id: next.id, rung_index: rung, level: bracket.level, slot_index: next.index };
  bracket.take(next.index, trial);
  return [
    ...differences('slot', found, { bracket_id, rung_index, level, slot_index }),
    ...differences('is new', next.trial === undefined, is_new),
    ...differences('trial', next.trial ?? trial, trial),
  ];
}

function result(queue: BracketQueue, { bracket_id, rung_index, slot_index, metric, not_promoted }: Result): string[] {
  const bracket = queue.bracket(bracket_id);
  const { rung } = bracket;
  const out = bracket.result(slot_index, Number(metric));
  return [
    ...differences('rung', rung, rung_index),
    // Nothing is promoted from the last rung, and nothing said of it.
    ...differences('not promoted', bracket.isDone ? null : (out ?? null), not_promoted),
  ];
}
