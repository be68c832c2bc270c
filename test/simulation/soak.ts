/**
 * `make soak`: random Studies under random faults until a million steps have kept every invariant; a step is a change in
 * the simulated cluster. STEPS=n and FROM=seed say how many and from where; stops at the first seed that breaks one.
 */
import { scenario } from './random.ts';
import { simulate } from './world.ts';

const STEPS = Number(process.env['STEPS'] ?? 1_000_000);
const FROM = Number(process.env['FROM'] ?? 1_000_000);
const TELL_EVERY_MS = 10_000;

let steps = 0;
let crashes = 0;
let seed = FROM;
const startedAt = performance.now();
let toldAt = startedAt;

const told = (): string => {
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  return `${steps} steps of ${seed - FROM} Studies, the operator killed ${crashes} times, ${seconds} s`;
};

while (steps < STEPS && process.exitCode === undefined) {
  const result = await simulate(scenario(seed));
  steps += result.steps;
  crashes += result.crashes;
  if (result.broken.length > 0) {
    process.stdout.write(`SIMULATION_SEED=${seed}: ${result.broken.join('; ')}\n`);
    process.exitCode = 1;
  }
  seed += 1;
  if (performance.now() - toldAt > TELL_EVERY_MS) {
    toldAt = performance.now();
    process.stderr.write(`${told()}\n`);
  }
}
process.stdout.write(`${told()}${process.exitCode === undefined ? ', every invariant kept' : ''}\n`);
