/** A thread that simulates the runs it is sent, one after the other. */
import { parentPort } from 'node:worker_threads';
import { simulate } from '../../src/simulate/simulate.ts';
import type { Table } from '../../src/simulate/table.ts';
import type { Job, Performed } from './pool.ts';
import { runOf } from './runs.ts';
import { readTable } from './tables.ts';
import { tracedTrials } from './trace.ts';

const tables = new Map<string, Promise<Table>>();

function tableAt(path: string): Promise<Table> {
  const known = tables.get(path) ?? readTable(path);
  tables.set(path, known);
  return known;
}

async function perform({ tablePath, method, isTraced, ...settings }: Job): Promise<Performed> {
  const table = await tableAt(tablePath);
  const from = performance.now();
  const { name, ...tried } = method;
  const outcome = simulate({ ...settings, ...tried, table, clock: () => performance.now() });
  const { seed, workers, horizon } = settings;
  const of = { table: table.name, method: name, seed, workers, horizon };
  const run = runOf(of, outcome, performance.now() - from);
  return { run, trials: isTraced ? tracedTrials(of, outcome) : [] };
}

parentPort?.on('message', (job: Job) => {
  perform(job).then(
    (performed) => parentPort?.postMessage(performed),
    (error: unknown) => parentPort?.postMessage({ error }),
  );
});
