/** Objects as users keep them: YAML or JSON, one or several in a file, or wrapped in a List as kubectl prints them. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseAllDocuments } from 'yaml';
import { isSystemError } from '../operator/local/process.ts';
import type { Io, Refused } from './command.ts';

export interface Document {
  readonly value: unknown;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** The text of a file, or of standard input for `-`. */
export async function readText(path: string, { stdin, cwd }: Pick<Io, 'stdin' | 'cwd'>): Promise<string | Refused> {
  if (path === '-') return text(stdin);
  try {
    return await readFile(resolve(cwd, path), 'utf8');
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return { refused: [`${path}: there is no such file`] };
    if (isSystemError(error, 'EISDIR')) return { refused: [`${path}: is a directory, not a file`] };
    if (isSystemError(error, 'EACCES')) return { refused: [`${path}: may not be read: check its permissions`] };
    throw error;
  }
}

/** All objects in the text; empty documents are none. */
export function documentsIn(content: string): readonly Document[] | Refused {
  const values = parsed(content);
  if ('refused' in values) return values;
  return values.flatMap(unwrapped).map(described);
}

function parsed(content: string): readonly unknown[] | Refused {
  // JSON is YAML too, but large lists are read a hundred times faster this way.
  const json = content.trimStart().startsWith('{') ? parsedJson(content) : undefined;
  if (json !== undefined) return [json];
  const documents = parseAllDocuments(content, { prettyErrors: true });
  if (!Array.isArray(documents)) return [];
  const errors = documents.flatMap((document) => document.errors);
  if (errors.length > 0) return { refused: errors.map(({ message }) => `not YAML: ${firstLine(message)}`) };
  return documents.map((document) => document.toJS() as unknown).filter((value) => value !== null);
}

function parsedJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0]?.replace(/:$/, '') ?? message;
}

function unwrapped(value: unknown): readonly unknown[] {
  const items = field(value, 'items');
  return String(field(value, 'kind')).endsWith('List') && Array.isArray(items) ? items.flatMap(unwrapped) : [value];
}

function described(value: unknown): Document {
  const word = (of: unknown): string => (typeof of === 'string' ? of : '');
  return {
    value,
    apiVersion: word(field(value, 'apiVersion')),
    kind: word(field(value, 'kind')),
    name: word(field(field(value, 'metadata'), 'name')),
  };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
