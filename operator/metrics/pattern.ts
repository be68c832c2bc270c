/**
 * A user's pattern for log lines, matched in linear time (RE2) with bounds on both factors of that time, so that no
 * pattern and no line can hang the operator.
 */
import { RE2JS } from 're2js';
import type { Matched, ReportNames } from './reading.ts';

/** Most instructions of a compiled pattern; counted repetitions such as x{100} take that many. */
const MAX_PROGRAM = 256;
/** Only so much of a line is looked at: 256 instructions for each of 2,048 characters take about 10 ms. */
const MAX_LINE = 2048;

export type ReportPattern = { readonly match: (line: string) => Matched | undefined } | { readonly problem: string };

/** Groups are called `resource` and `value`, or as the resource and the metric are; additional metrics by their names. */
export function reportPattern(text: string, names: ReportNames): ReportPattern {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(text);
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).replace(/^error parsing regexp: /, '');
    return { problem: `is not a regular expression that RE2 can read (${reason}): correct it` };
  }
  if (compiled.programSize() > MAX_PROGRAM) {
    const size = `takes ${compiled.programSize()} instructions, more than ${MAX_PROGRAM}`;
    return { problem: `is too large (it ${size}): use + or * instead of counted repetitions such as {1,100}` };
  }
  const groups = compiled.namedGroups();
  const resource = ['resource', names.resource].find((name) => Object.hasOwn(groups, name));
  const value = ['value', names.metric].find((name) => Object.hasOwn(groups, name));
  if (resource === undefined || value === undefined) {
    return { problem: 'needs the named groups resource and value, such as (?<resource>[0-9]+) and (?<value>[^ ]+)' };
  }
  const additional = (names.additional ?? []).filter((name) => Object.hasOwn(groups, name));
  return {
    match: (line) => {
      const matcher = compiled.matcher(line.slice(0, MAX_LINE));
      if (!matcher.find()) return undefined;
      const text = (group: string): string => matcher.group(group) ?? '';
      return {
        resource: text(resource),
        value: text(value),
        ...(additional.length > 0 && { additional: Object.fromEntries(additional.map((name) => [name, text(name)])) }),
      };
    },
  };
}
