/** A view as a block of lines for a terminal. Pure. */
import type { Rung } from './rungs.ts';
import { rungsInWords } from './rungs.ts';
import type { View } from './view.ts';
import { bestInWords, configInWords, countsInWords, duration, startedInWords } from './words.ts';

export interface BlockOptions {
  /** Columns and rows there are. */
  readonly width: number;
  readonly height: number;
  readonly color: boolean;
  /** What has happened lately, the oldest first. */
  readonly news: readonly string[];
  /** Said instead of the time left, such as that it is being stopped. */
  readonly notice?: string | undefined;
}

type Tone = 'Plain' | 'Strong' | 'Faint';

interface Line {
  readonly label: string;
  readonly text: string;
  readonly tone: Tone;
}

const MOST_NEWS = 5;

/** Lines that fit into the width, at most as many as the height allows. */
export function block(view: View, options: BlockOptions): readonly string[] {
  const head = headLines(view, options.notice);
  const room = Math.max(0, Math.min(MOST_NEWS, options.height - head.length - 1));
  const news = room === 0 ? [] : options.news.slice(-room);
  const lines = [...head, ...news.map((text): Line => ({ label: '', text, tone: 'Faint' }))];
  return lines.slice(0, Math.max(1, options.height - 1)).map((line) => painted(line, options));
}

function headLines(view: View, notice: string | undefined): readonly Line[] {
  const { study, counts } = view;
  const { best, rungs = [] } = study.status ?? {};
  const time = notice ?? timeInWords(view);
  const created = startedInWords(counts.created, study.spec.limits.maxTrials);
  return [
    { label: study.metadata.name, text: time, tone: 'Plain' },
    { label: 'trials', text: `${created}: ${countsInWords(counts)}`, tone: 'Plain' },
    ...rungLines(study.spec.resource.name, rungs),
    ...(best
      ? [
          { label: 'best', text: bestInWords(study.spec, best), tone: 'Strong' } as const,
          { label: '', text: configInWords(best), tone: 'Plain' } as const,
        ]
      : []),
  ];
}

function timeInWords({ elapsedMs, leftMs }: View): string {
  const left = leftMs === undefined ? '' : `, about ${duration(leftMs)} left`;
  return `running for ${duration(elapsedMs)}${left}`;
}

function rungLines(resource: string, rungs: readonly Rung[]): readonly Line[] {
  return rungs.length === 0 ? [] : [{ label: 'rungs', text: rungsInWords(resource, rungs), tone: 'Plain' }];
}

/** Wide enough for all labels but long names of Studies. */
const LABEL_WIDTH = 8;

const ESCAPES: Readonly<Record<Tone, string>> = { Plain: '', Strong: '\u001b[1;32m', Faint: '\u001b[2m' };
const BOLD = '\u001b[1m';
const RESET = '\u001b[0m';

function painted({ label, text, tone }: Line, { width, color }: BlockOptions): string {
  const left = cut(label.padEnd(LABEL_WIDTH), Math.max(0, width - 1));
  const right = cut(` ${text}`, Math.max(0, width - [...left].length));
  if (!color) return `${left}${right}`.trimEnd();
  const start = ESCAPES[tone];
  return `${BOLD}${left}${RESET}${start === '' ? right : `${start}${right}${RESET}`}`;
}

/** At most so many characters, without anything that would move the cursor. */
function cut(text: string, width: number): string {
  const letters = [...text.replaceAll(/\p{Cc}+/gu, ' ')];
  if (letters.length <= width) return letters.join('');
  return `${letters.slice(0, Math.max(0, width - 1)).join('')}${width > 0 ? '…' : ''}`;
}
