/** Trials as a table: one row each, RFC 4180. Pure. */
import type { Study } from '../../operator/api/study.ts';
import type { Attempt, Trial } from '../../operator/api/trial.ts';
import { best } from '../../operator/controllers/study/study-status.ts';
import { timesOf } from '../../operator/controllers/trial/attempts.ts';
import { stateOf } from '../../operator/observe.ts';

/** Why a configuration was proposed; empty where no model did. */
const PROPOSAL = ['level', 'acquisition', 'mean', 'deviation'] as const;

type Cell = string | number | undefined;

/** Additional metrics are those of the best report. Parameters carry the prefix they have in a template, so that one called `state` is no second column of that name. */
export function csv(study: Study, trials: readonly Trial[]): string {
  const names = study.spec.parameters.map(({ name }) => name);
  const { additional = [] } = study.spec.metrics;
  const header = [
    ...['number', 'state', 'origin', 'bracket'],
    ...names.map((name) => `parameters.${name}`),
    'best',
    ...additional.map((name) => `best.${name}`),
    ...['last', 'reached', 'attempts', 'seconds', 'stop_reason'],
    ...PROPOSAL.map((field) => `proposal.${field}`),
  ];
  const rows = trials.toSorted((a, b) => a.spec.number - b.spec.number).map((trial) => row(study, trial, names));
  return [header, ...rows].map((cells) => `${cells.map(quoted).join(',')}\r\n`).join('');
}

function row(study: Study, trial: Trial, names: readonly string[]): readonly Cell[] {
  const { spec, status } = trial;
  const attempts = status?.attempts ?? [];
  const found = best(study, [trial]);
  return [
    ...[spec.number, stateOf(status) ?? 'Queued', spec.origin, spec.bracket],
    ...names.map((name) => spec.parameters[name]),
    found?.value,
    ...(study.spec.metrics.additional ?? []).map((name) => found?.additional?.[name]),
    ...[
      status?.last,
      status?.reached,
      attempts.reduce((times, attempt) => times + timesOf(attempt), 0),
      seconds(attempts),
    ],
    spec.stop?.message ?? status?.failure?.message,
    ...PROPOSAL.map((field) => spec.proposal?.[field]),
  ];
}

/** That its attempts have run, as far as they have ended. */
function seconds(attempts: readonly Attempt[]): number {
  return attempts.reduce((sum, { startTime, endTime }) => {
    if (startTime === undefined || endTime === undefined) return sum;
    return sum + Math.max(0, Date.parse(endTime) - Date.parse(startTime)) / 1000;
  }, 0);
}

function quoted(cell: Cell): string {
  const text = cell === undefined ? '' : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
