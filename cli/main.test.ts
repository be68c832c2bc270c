import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Lab } from './testing/program.ts';
import { aStudyFile, type Wanted } from './testing/study.ts';

let place: Lab;
beforeEach(() => {
  place = new Lab();
});
afterEach(() => place.remove());

function write(wanted: Wanted = {}): void {
  place.write('study.yaml', aStudyFile(place.file('trained.txt'), wanted));
}

/** The lines "trial epoch" of the trainer. */
function trained(): readonly string[] {
  return place.read('trained.txt').split('\n').filter(Boolean);
}

function results(): { readonly number: string; readonly state: string; readonly x: string }[] {
  const rows = place.read('.abohb/made-up/results/results.csv').trim().split('\r\n').slice(1);
  return rows.map((row) => row.split(',')).map(([number = '', state = '', , , x = '']) => ({ number, state, x }));
}

async function waitUntil(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('abohb run', { timeout: 60_000 }, () => {
  test('runs a Study to its end, leaves results that replay agrees with, and shows them again', async () => {
    write();
    const run = await place.abohb('run', 'study.yaml');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toContain('made-up has ended: 12 trials have run, as maxTrials 12 allows');
    expect(run.stdout).not.toContain('\u001b');
    expect(results()).toHaveLength(12);
    expect(place.read('.abohb/made-up/results/curves.svg')).toContain('</svg>');
    expect(await place.abohb('replay', '.abohb/made-up')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^made-up: \d+ decisions agree\n$/),
    });
    const before = trained().length;
    const again = await place.abohb('run', 'study.yaml');
    expect(again.code).toBe(0);
    expect(again.stdout).toContain('best: loss');
    expect(trained()).toHaveLength(before);
  });

  test.each(['SIGINT', 'SIGKILL'] as const)('after %s it goes on: no trial lost or repeated', async (signal) => {
    write();
    await place.abohb('run', 'study.yaml', '--dir', 'uninterrupted');
    const rows = place.read('uninterrupted/made-up/results/results.csv').split('\r\n');
    place.write('trained.txt', '');

    write({ pauseMs: 60 });
    const first = place.started('run', 'study.yaml');
    await waitUntil(() => trained().length > 20);
    first.process.kill(signal);
    const ended = await first.ended;
    expect(ended.code).toBe(signal === 'SIGINT' ? 130 : null);
    if (signal === 'SIGINT') expect(ended.stdout).toContain('goes on where it is with: abohb run study.yaml');
    const second = await place.abohb('run', 'study.yaml');
    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout).toContain('made-up goes on');

    // The same configurations under the same numbers, all brought to an end.
    expect(results().map(({ number, x }) => [number, x])).toEqual(
      rows.slice(1, -1).map((row) => [row.split(',')[0], row.split(',')[4]]),
    );
    expect(results().map(({ state }) => state)).not.toContain('Running');
    // Nothing was trained again that a checkpoint held.
    expect(trained()).toEqual([...new Set(trained())]);
    expect(existsSync(place.file('.abohb/made-up/checkpoints/made-up-0001'))).toBe(false);
    expect(await place.abohb('replay', '.abohb/made-up')).toMatchObject({ code: 0 });
  });

  test('limits may be edited and the Study goes on, other changes are refused with the remedy', async () => {
    write({ maxTrials: 4 });
    await place.abohb('run', 'study.yaml');
    write({ maxTrials: 6 });
    const more = await place.abohb('run', 'study.yaml');
    expect(more.stdout).toContain('made-up goes on, as it was edited');
    expect(results()).toHaveLength(6);
    write({ maxTrials: 6, spec: { objective: { metric: 'other' } } });
    expect(await place.abohb('run', 'study.yaml')).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'spec.objective: objective cannot be changed after creation: delete the object and create another\n' +
        'made-up was run before: --fresh starts over and keeps .abohb/made-up as .abohb/made-up.1, --name runs it under another name\n',
    });
    write({ maxTrials: 2 });
    expect((await place.abohb('run', 'study.yaml', '--fresh')).code).toBe(0);
    expect(results()).toHaveLength(2);
    expect(existsSync(place.file('.abohb/made-up.1/results/results.csv'))).toBe(true);
  });

  test('is interrupted when nobody reads its output any more', async () => {
    write({ pauseMs: 60 });
    const run = place.started('run', 'study.yaml');
    run.process.stdout?.destroy();
    expect(await run.ended).toMatchObject({ code: 130, stderr: '' });
  });

  test('fails when no trial reports', async () => {
    write({ maxTrials: 2, container: { command: [process.execPath, '-e', ''] } });
    const run = await place.abohb('run', 'study.yaml');
    expect(run.code).toBe(1);
    expect(run.stdout).toContain('made-up has failed: ');
    expect(run.stdout).toContain('no report of loss with epoch was found in its log');
  });

  test('reports in a file are read, each trial writing where it is told; other metrics end up in the results', async () => {
    const code =
      'const row = (e) => e + "," + (process.argv[1] - 0.3) ** 2 / e + "," + 7 * e;' +
      'fs.writeFileSync(process.env.ABOHB_METRICS_PATH, ["epoch,loss,time", ...[1,2,3,4,5,6,7,8,9].map(row)].join("\\n"))';
    const command = [process.execPath, '-e', code, '--', '$(parameters.x)'];
    const metrics = { file: { path: '/metrics/train.csv' }, additional: ['time'] };
    write({ maxTrials: 6, container: { command }, spec: { metrics } });
    const run = await place.abohb('run', 'study.yaml');
    expect(run).toMatchObject({
      code: 0,
      stderr:
        'note: each trial has to write its metrics where ABOHB_METRICS_PATH says, which is not /metrics/train.csv on this machine\n',
    });
    expect(run.stdout).toContain('  with time=63');
    const [header = '', ...rows] = place.read('.abohb/made-up/results/results.csv').trim().split('\r\n');
    const time = header.split(',').indexOf('best.time');
    expect(rows.map((row) => row.split(',')[time])).toContain('63');
    expect(rows.filter((row) => !row.split(',')[time])).toEqual([]);
  });

  test('reports that never came to the file are missed where they should be, with what the code said', async () => {
    const command = [process.execPath, '-e', 'console.log("no idea where to write")'];
    write({ maxTrials: 1, container: { command }, spec: { metrics: { tensorBoard: { path: '/logs' } } } });
    const run = await place.abohb('run', 'study.yaml');
    expect(run.stdout).toContain(
      'no report of loss with epoch was found in the event files in /logs; last lines of its log: no idea where to write',
    );
  });

  test('$(checkpoint.path) is the folder of the trial, which stays', async () => {
    const code =
      'fs.writeFileSync(process.argv[1] + "/best", process.env.ABOHB_TRIAL); console.log(\'{"epoch":9,"loss":1}\')';
    const command = [process.execPath, '-e', code, '--', '$(checkpoint.path)'];
    write({ maxTrials: 1, container: { command } });
    const study = JSON.parse(place.read('study.yaml')) as { spec: object };
    place.write('study.yaml', JSON.stringify({ ...study, spec: { ...study.spec, checkpoint: { claimName: 'c' } } }));
    expect((await place.abohb('run', 'study.yaml')).code).toBe(0);
    expect(place.read('.abohb/made-up/checkpoints/made-up-0001/best')).toBe('made-up-0001');
  });
});
