/** Units of resource an attempt has trained, as far as it reported. Pure. */
import type { Attempt } from '../../api/trial.ts';
import type { LogState } from '../../metrics/log-record.ts';

export function unitsTrained(news: LogState | undefined, attempt: Attempt): number {
  if (!news) return attempt.trained;
  return Math.max(attempt.trained, units(news, attempt));
}

function units(news: LogState, { from }: Attempt): number {
  if (news.resumed) return onTop(news, news.resumed);
  return news.repeats && from > 0 ? Math.max(0, (news.reports.at(-1)?.resource ?? 0) - from) : inAll(news, from);
}

/** Its log was not read from the beginning. */
function onTop({ reports }: LogState, { trained, reached }: NonNullable<LogState['resumed']>): number {
  return trained + Math.max(0, (reports.at(-1)?.resource ?? 0) - reached);
}

/**
 * From the first to the last level reported. A first report of the level where the attempt took up again is a repetition,
 * not training; one that starts over trains what was trained before.
 */
function inAll({ reports, first = reports.map(({ resource }) => resource) }: LogState, from: number): number {
  const [begin, next] = first[0] === from ? first.slice(1) : first;
  const last = reports.at(-1)?.resource;
  if (begin === undefined || last === undefined) return 0;
  const stride = (next ?? begin + 1) - begin;
  return last - begin + Math.max(1, Math.min(stride, begin));
}
