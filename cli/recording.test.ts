import { expect, test } from 'vitest';
import { engineStudy } from '../operator/api/engine-study.ts';
import { newTrial } from '../operator/objects/trial.ts';
import { decide } from '../src/decide.ts';
import { isRefused } from './command.ts';
import { documentsIn } from './documents.ts';
import { recordingsIn, replayed } from './recording.ts';
import { aStudy, second } from './testing/objects.ts';

const study = aStudy({ status: { seed: 1 } });
const trials = decide({ study: engineStudy(study.spec, { seed: 1, open: true }), trials: [] }).flatMap((decision) =>
  decision.kind === 'Start' ? [newTrial(study, decision, second(0))] : [],
);

function replayOf(...objects: readonly object[]): readonly string[] {
  const documents = documentsIn(JSON.stringify({ kind: 'List', items: objects }));
  const recordings = isRefused(documents) ? documents : recordingsIn(documents);
  return isRefused(recordings) ? recordings.refused : recordings.map((recording) => replayed(recording).line);
}

test('decisions taken by the engine agree', () => {
  expect(trials).toHaveLength(3);
  expect(replayOf(study, ...trials)).toEqual(['made-up: 3 decisions agree']);
});

test('the first that was taken otherwise is shown', () => {
  const [first, second_, third] = trials;
  const forged = { ...second_, spec: { ...second_!.spec, parameters: { x: 0.75 } } };
  expect(replayOf(study, first!, forged, third!)).toEqual([
    expect.stringMatching(
      /^made-up: decision 2 on trial 2 differs: recorded "start \{"x":0.75\} in bracket 0 \(Random\)", recomputed "start \{"x":0.09.*; the 1 before it agree$/,
    ),
  ]);
});

test('several Studies are told apart; what is missing or wrong is said', () => {
  const other = { ...study, metadata: { ...study.metadata, name: 'other' } };
  expect(replayOf(study, other, ...trials)).toEqual(['made-up: 3 decisions agree', 'other: 0 decisions agree']);
  expect(replayOf(...trials)).toEqual(['holds no Study: print both with kubectl get study,trials -o yaml']);
  expect(replayOf({ ...study, status: {} }, ...trials)).toEqual(['made-up: status.seed is missing']);
  expect(replayOf(study, { ...trials[0], spec: {} })[0]).toMatch(/^Trial made-up-0001: spec\.study: is missing/);
});
