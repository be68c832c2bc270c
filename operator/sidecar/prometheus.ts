/** A Prometheus page in the text format: the series of the metrics and of the resource, whenever the resource has risen. */
import { get } from 'node:http';
import type { JsonObject } from '../metrics/json.ts';
import type { ReportNames } from '../metrics/reading.ts';
import type { MetricsSource, Notice } from './source.ts';

/** A longer page is read up to here. */
const MAX_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 5_000;

export interface PrometheusOptions {
  readonly port: number;
  readonly path: string;
  readonly intervalMs: number;
  /** Name of the series that holds the resource. */
  readonly resource: string;
}

export class PrometheusSource implements MetricsSource {
  readonly everyMs: number;
  readonly #options: PrometheusOptions;
  readonly #names: ReportNames;
  readonly #notice: Notice;

  constructor(options: PrometheusOptions, names: ReportNames, notice: Notice) {
    this.everyMs = options.intervalMs;
    this.#options = options;
    this.#names = names;
    this.#notice = notice;
  }

  async *read(): AsyncGenerator<JsonObject> {
    const page = await pageOf(this.#options).catch((error: unknown) => {
      // Not served yet, or no more.
      this.#notice(`http://127.0.0.1:${this.#options.port}${this.#options.path}: ${String(error)}`);
      return undefined;
    });
    if (page !== undefined) yield valuesOn(page, this.#names, this.#options.resource);
  }

  async close(): Promise<void> {}
}

/** The metrics' values under their names, and the resource in whole units. Other series under their own names. */
export function valuesOn(page: string, names: ReportNames, resource: string): JsonObject {
  const samples = page.split('\n').flatMap((line) => sampleIn(line) ?? []);
  const value = (series: string): string | undefined => {
    const selector = selectorOf(series);
    return samples.find((sample) => isMatch(sample, selector))?.value;
  };
  const level = value(resource);
  const wanted = [names.metric, ...(names.additional ?? [])].flatMap((name) => {
    const found = value(name);
    return found === undefined ? [] : [[name, found] as const];
  });
  return {
    ...Object.fromEntries(samples.map(({ name, value }) => [name, value])),
    ...Object.fromEntries(wanted),
    ...(level !== undefined && { [names.resource]: Math.floor(Number(level)) }),
  };
}

interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: string;
}

/** name{label="value",…} value [time]; the labels are found by a pattern of their own. Matches in linear time. */
const SAMPLE = /^([A-Za-z_:][\w:]*)(?:\{((?:"(?:[^"\\]|\\.)*"|[^"}])*)\})?[ \t]+(\S+)/;
const LABEL = /([A-Za-z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"/g;

function sampleIn(line: string): Sample | undefined {
  const match = line.startsWith('#') ? null : SAMPLE.exec(line);
  return match ? { name: match[1] ?? '', labels: labelsIn(match[2] ?? ''), value: match[3] ?? '' } : undefined;
}

function labelsIn(text: string): ReadonlyMap<string, string> {
  return new Map([...text.matchAll(LABEL)].map(([, name = '', value = '']) => [name, value]));
}

type Selector = Pick<Sample, 'name' | 'labels'>;

function selectorOf(text: string): Selector {
  const brace = text.indexOf('{');
  if (brace === -1) return { name: text.trim(), labels: new Map() };
  return { name: text.slice(0, brace).trim(), labels: labelsIn(text.slice(brace)) };
}

function isMatch({ name, labels }: Sample, selector: Selector): boolean {
  return name === selector.name && [...selector.labels].every(([label, value]) => labels.get(label) === value);
}

function pageOf({ port, path }: PrometheusOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path, timeout: TIMEOUT_MS, agent: false }, (answer) => {
      if (answer.statusCode !== 200) {
        answer.destroy();
        reject(new Error(`answered ${answer.statusCode}`));
        return;
      }
      const chunks: Buffer[] = [];
      let bytes = 0;
      const end = (): void => resolve(Buffer.concat(chunks).toString('utf8', 0, MAX_BYTES));
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes <= MAX_BYTES) return;
        end();
        answer.destroy();
      });
      answer.once('end', end);
      answer.once('error', reject);
    });
    // Of the whole answer: one that dribbles has no more time.
    const late = setTimeout(() => request.destroy(new Error(`took longer than ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS);
    request.once('close', () => clearTimeout(late));
    request.once('error', reject);
  });
}
