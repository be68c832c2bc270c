import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKERS } from './checkers.ts';

export const COMMITTED = join(import.meta.dirname, '..', 'fixtures');

/** What running one file of fixtures gave. */
export interface Outcome {
  readonly file: string;
  readonly fixture: string;
  readonly cases: number;
  /** Undefined: no checker knows this kind. */
  readonly failures: readonly Failure[] | undefined;
}

export interface Failure {
  /** The case's name, or its position. */
  readonly name: string;
  readonly problems: readonly string[];
}

interface Fixture {
  readonly fixture: string;
  readonly cases: readonly unknown[];
}

/** Paths of the fixture files in a folder, sorted by name. */
export function fixtureFiles(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => join(folder, name));
}

/** Runs every case of a file; a file that is no fixture counts as a failed case. */
export function runFile(file: string): Outcome {
  const content = read(file);
  if (typeof content === 'string')
    return { file, fixture: file, cases: 1, failures: [{ name: 'file', problems: [content] }] };
  const { fixture, cases } = content;
  const checker = CHECKERS.get(fixture);
  const failures = checker && cases.flatMap((data, index) => run(() => checker(data as never), nameOf(data, index)));
  return { file, fixture, cases: cases.length, failures };
}

/** The file's content, or what is wrong with it. */
function read(file: string): Fixture | string {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isFixture(content) ? content : 'it has no "fixture" (a string) and "cases" (a list)';
  } catch (error) {
    return String(error);
  }
}

function isFixture(content: unknown): content is Fixture {
  if (typeof content !== 'object' || content === null) return false;
  return (
    'fixture' in content && typeof content.fixture === 'string' && 'cases' in content && Array.isArray(content.cases)
  );
}

/** A case that throws has failed like any other. */
function run(check: () => string[], name: string): Failure[] {
  try {
    const problems = check();
    return problems.length === 0 ? [] : [{ name, problems }];
  } catch (error) {
    return [{ name, problems: [error instanceof Error ? (error.stack ?? error.message) : String(error)] }];
  }
}

function nameOf(data: unknown, index: number): string {
  const name = typeof data === 'object' && data !== null && 'name' in data ? ` (${data.name})` : '';
  return `case ${index}${name}`;
}
