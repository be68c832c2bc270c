import { describe, expect, test } from 'vitest';
import { aStudy, aTrial, second } from '../testing/objects.ts';
import { axisOf, tickLabel } from './axis.ts';
import { closingLines } from './closing.ts';
import { csv } from './csv.ts';
import { curvesSvg } from './curves.ts';

const trials = [
  aTrial(2, {
    state: 'Stopped',
    curve: [0.9],
    attempts: [
      { startTime: second(0), endTime: second(2) },
      { startTime: second(10), endTime: second(11.5) },
    ],
    spec: {
      origin: 'Model',
      proposal: { level: 3, acquisition: 0.012, mean: 0.31, deviation: 0.04 },
      stop: { reason: 'StoppedByScheduler', message: 'loss 0.9 is rank 2 of 2, "bad"' },
    },
  }),
  aTrial(1, { state: 'Completed', curve: [0.5, 0.1, 0.2] }),
];

test('a table has one row for each trial, in the order of their numbers', () => {
  expect(csv(aStudy(), trials).split('\r\n')).toEqual([
    'number,state,origin,bracket,parameters.x,best,last,reached,attempts,seconds,stop_reason,proposal.level,proposal.acquisition,proposal.mean,proposal.deviation',
    '1,Completed,Random,0,0.1,0.1,0.2,3,0,0,,,,,',
    '2,Stopped,Model,0,0.2,0.9,0.9,1,2,3.5,"loss 0.9 is rank 2 of 2, ""bad""",3,0.012,0.31,0.04',
    '',
  ]);
});

test('a table has a column for each additional metric, with its value at the best report', () => {
  const study = aStudy({ spec: { metrics: { log: {}, additional: ['time', 'lr'] } } });
  const trial = aTrial(1, { state: 'Completed', curve: [0.5, 0.1, 0.2] });
  const observations = trial.status?.observations?.map((report) => ({
    ...report,
    additional: { time: report.resource },
  }));
  const [header, row] = csv(study, [{ ...trial, status: { ...trial.status, observations: observations ?? [] } }]).split(
    '\r\n',
  );
  expect(header).toContain(',best,best.time,best.lr,last,');
  expect(row).toContain(',0.1,2,,0.2,');
});

describe('an axis', () => {
  test.each([
    ['of near values is linear', [0.2, 0.9], 'Linear', [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]],
    ['of values far apart is logarithmic', [0.01, 1], 'Log', [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]],
    ['of values far apart but not positive is linear', [-100, 100], 'Linear', [-100, -50, 0, 50, 100]],
    ['of one value has it in the middle', [3], 'Linear', [1.5, 2, 2.5, 3, 3.5, 4, 4.5]],
    ['of no values is there', [], 'Linear', [0, 0.2, 0.4, 0.6, 0.8, 1]],
    ['over many decades labels some', [1e-12, 1], 'Log', [1e-12, 1e-10, 1e-8, 1e-6, 1e-4, 0.01, 1]],
  ])('%s', (_, values, scale, ticks) => {
    expect(axisOf(values)).toMatchObject({ scale, ticks });
  });

  test('has all its values between its ends', () => {
    for (const values of [[0.01, 1], [0.2, 0.9], [5], [-3, 1e9], [1e-300, 1e300]]) {
      for (const at of values.map((value) => axisOf(values).at(value))) {
        expect(at).toBeGreaterThanOrEqual(0);
        expect(at).toBeLessThanOrEqual(1);
      }
    }
  });

  test.each([
    [0.0001, '0.0001'],
    [0.00001, '1e-5'],
    [1e7, '1e7'],
    [0, '0'],
  ])('labels %d as %s', (value, label) => {
    expect(tickLabel(value)).toBe(label);
  });
});

describe('the picture', () => {
  test('shows a curve for each trial that has reported', () => {
    const svg = curvesSvg(aStudy(), [...trials, aTrial(3, { state: 'Failed' })]);
    expect(svg.match(/<polyline/g)).toHaveLength(2);
    expect(svg).toContain('<title>made-up-0001 best: loss 0.2 at 3</title>');
    expect(svg).toContain('<title>made-up-0002 stopped: loss 0.9 at 1</title>');
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });
  test('is there without any trial, and keeps names from being markup', () => {
    const svg = curvesSvg(aStudy({ spec: { objective: { metric: '<script>&' } } }), []);
    expect(svg).toContain('&lt;script&gt;&amp;');
    expect(svg).not.toMatch(/NaN|undefined|Infinity|<script/);
  });
});

test('the last words say how it ended, the best configuration and where the results are', () => {
  const counts = { created: 2, queued: 0, running: 0, paused: 0, completed: 1, stopped: 1, failed: 0 };
  const best = { trial: 'made-up-0001', value: 0.1, resource: 2, parameters: { x: 0.1, optimizer: 'adam' } };
  const byOutcome = { completed: 0, stopped: 0, failed: 0, paused: 0, running: 0 };
  const usage = { resource: 4, gpuSeconds: 0, gpuSecondsSaved: 0, byOutcome, preemptions: 0 };
  const study = aStudy({ status: { best, usage } });
  const closing = { study, counts, files: ['a.csv', 'b.json'], again: 'abohb run study.yaml' };
  expect(closingLines({ ...closing, ending: { kind: 'Succeeded', message: '2 trials have run' } })).toEqual([
    'made-up has ended: 2 trials have run',
    'best: loss 0.1 at epoch 2 (made-up-0001)',
    '  x          0.1',
    '  optimizer  adam',
    '2 trials: 1 completed, 1 stopped; epochs trained in all: 4',
    'results: a.csv',
    '         b.json',
  ]);
  expect(closingLines({ ...closing, ending: { kind: 'Interrupted', message: 'interrupted' } })[0]).toBe(
    'made-up was interrupted; it goes on where it is with: abohb run study.yaml',
  );
});
