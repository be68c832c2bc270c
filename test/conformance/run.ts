/**
 * Runs the engine against fixtures: `node test/conformance/run.ts [--fixtures DIR] [--strict]`.
 * Exits with 1 when a case fails, and with --strict also when no checker knows a file's kind.
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { COMMITTED, type Failure, fixtureFiles, type Outcome, runFile } from './fixtures.ts';

const SHOWN_CASES = 3;
const SHOWN_PROBLEMS = 5;

const { values: options } = parseArgs({
  options: { fixtures: { type: 'string', default: COMMITTED }, strict: { type: 'boolean', default: false } },
});

const files = existsSync(options.fixtures) ? fixtureFiles(options.fixtures) : [];
if (files.length === 0) {
  console.error(`there are no fixtures (*.json) in ${options.fixtures}`);
  process.exitCode = 1;
}
const unknown: string[] = [];
for (const file of files) {
  const outcome = runFile(file);
  if (outcome.failures === undefined) unknown.push(outcome.fixture);
  else report(outcome, outcome.failures);
}
if (unknown.length > 0) {
  console.log(`not covered: ${unknown.join(', ')}`);
  if (options.strict) process.exitCode = 1;
}

function report({ fixture, cases }: Outcome, failures: readonly Failure[]): void {
  if (failures.length === 0) {
    console.log(`${fixture}: ${cases} cases passed`);
    return;
  }
  process.exitCode = 1;
  console.log(`${fixture}: ${failures.length} of ${cases} cases failed`);
  for (const { name, problems } of failures.slice(0, SHOWN_CASES)) {
    console.log(`  ${name}:`);
    for (const problem of problems.slice(0, SHOWN_PROBLEMS)) console.log(`    ${problem}`);
  }
}
