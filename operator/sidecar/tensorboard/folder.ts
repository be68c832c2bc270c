/** A folder of TensorBoard event files, found again at each look: scalars by the resource level of their step. */
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { JsonObject } from '../../metrics/json.ts';
import type { ReportNames } from '../../metrics/reading.ts';
import { GrowingFile } from '../growing-file.ts';
import type { MetricsSource, Notice } from '../source.ts';
import { type Event, eventOf } from './event.ts';
import { Records } from './records.ts';

const EVERY_MS = 1_000;
/** Event files have this in their names. */
const MARK = 'tfevents';
const MAX_FILES = 100;
/** Folders below the one given, such as lightning_logs/version_0. */
const MAX_DEPTH = 4;
/** Looked into at each depth. */
const MAX_FOLDERS = 100;

export interface TensorBoardOptions {
  readonly path: string;
  readonly stepsPerUnit: number;
  /** 0 or 1. */
  readonly firstStep: number;
}

interface EventFile {
  /** Below the folder given; empty for those in it. */
  readonly folder: string;
  readonly file: GrowingFile;
  records: Records;
}

export class TensorBoardSource implements MetricsSource {
  readonly everyMs = EVERY_MS;
  readonly #options: TensorBoardOptions;
  readonly #names: ReportNames;
  readonly #notice: Notice;
  readonly #files = new Map<string, EventFile>();

  constructor(options: TensorBoardOptions, names: ReportNames, notice: Notice) {
    this.#options = options;
    this.#names = names;
    this.#notice = notice;
  }

  async *read(): AsyncGenerator<JsonObject> {
    const paths = await this.#paths();
    for (const [path, { file }] of this.#files) {
      if (paths.includes(path)) continue;
      await file.close();
      this.#files.delete(path);
    }
    for (const path of paths) yield* this.#objects(path, this.#fileAt(path));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#files.values()].map(({ file }) => file.close()));
  }

  #fileAt(path: string): EventFile {
    const known = this.#files.get(path);
    if (known) return known;
    const folder = relative(this.#options.path, join(path, '..'));
    const added = { folder, file: new GrowingFile(path), records: new Records() };
    this.#files.set(path, added);
    return added;
  }

  /** One object for each run of events of one level. */
  async *#objects(path: string, event: EventFile): AsyncGenerator<JsonObject> {
    let level = 0;
    let values: Record<string, unknown> = {};
    for await (const { step, scalars } of this.#events(path, event)) {
      const at = this.#levelOf(step);
      if (at !== level && Object.keys(values).length > 0) {
        yield this.#object(level, values);
        values = {};
      }
      level = at;
      for (const { tag, value } of scalars) values[this.#nameOf(tag, event.folder)] ??= value;
    }
    if (Object.keys(values).length > 0) yield this.#object(level, values);
  }

  async *#events(path: string, event: EventFile): AsyncGenerator<Event> {
    for await (const piece of event.file.read()) {
      if (piece.kind === 'anew') event.records = new Records();
      else for (const data of event.records.push(piece.bytes)) yield* this.#event(data, path);
      const { isBroken, damaged } = event.records;
      if (isBroken) this.#notice(`${path} is no TensorBoard event file, or is damaged: no more is read of it`);
      if (damaged > 0) this.#notice(`${path} holds damaged records, which are left out`);
    }
  }

  *#event(data: Uint8Array, path: string): Generator<Event> {
    try {
      yield eventOf(data);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#notice(`${path} holds records that are no events, which are left out`);
    }
  }

  /** Below 1 the first unit is not complete. */
  #levelOf(step: number): number {
    const { stepsPerUnit, firstStep } = this.#options;
    return Math.floor((step + 1 - firstStep) / stepsPerUnit);
  }

  #object(level: number, values: Readonly<Record<string, unknown>>): JsonObject {
    return level >= 1 ? { ...values, [this.#names.resource]: level } : values;
  }

  /** folder/tag where the Study names a metric so, else the tag. */
  #nameOf(tag: string, folder: string): string {
    const { metric, additional = [] } = this.#names;
    const long = `${folder}/${tag}`;
    return metric === long || additional.includes(long) ? long : tag;
  }

  /** In the order they were begun: their names hold the time. */
  async #paths(): Promise<readonly string[]> {
    const found: string[] = [];
    let folders = [this.#options.path];
    for (let depth = 0; depth <= MAX_DEPTH; depth++) {
      const entries = (await Promise.all(folders.map(entriesOf))).flat();
      found.push(...entries.filter((entry) => !entry.isDirectory() && entry.name.includes(MARK)).map(pathOf));
      folders = entries
        .filter((entry) => entry.isDirectory())
        .map(pathOf)
        .slice(0, MAX_FOLDERS);
    }
    if (found.length > MAX_FILES) this.#notice(`more than ${MAX_FILES} event files: only the first are read`);
    return found.toSorted().slice(0, MAX_FILES);
  }
}

function pathOf({ parentPath, name }: Dirent): string {
  return join(parentPath, name);
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
