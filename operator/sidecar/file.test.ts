import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { aFolder } from './testing/folder.ts';
import { sidecar } from './testing/sidecar.ts';

const names = { resource: 'epoch', metric: 'val_error', additional: ['loss'] };
const report = (epoch: number, value: number): string => `{"epoch":${epoch},"val_error":${value}}`;

function reading(name = 'train.jsonl', format: 'JSON' | 'CSV' = 'JSON') {
  const path = join(aFolder(), 'metrics', name);
  mkdirSync(join(path, '..'));
  return { path, ...sidecar({ names, source: { kind: 'file', path, format } }) };
}

describe('a file of JSON lines', () => {
  test('that appears late, in a folder that appears late, is read as it grows', async () => {
    const { path, look } = reading();
    rmSync(join(path, '..'), { recursive: true });
    expect(await look()).toEqual([]);
    mkdirSync(join(path, '..'));
    writeFileSync(path, `${report(1, 0.5)}\n`);
    expect(await look()).toEqual([report(1, 0.5)]);
    appendFileSync(path, `${report(2, 0.4)}\n${report(3, 0.3)}\n`);
    expect(await look()).toEqual([report(2, 0.4), report(3, 0.3)]);
    expect(await look()).toEqual([]);
  });

  test('has a line when it has its newline', async () => {
    const { path, look } = reading();
    writeFileSync(path, report(1, 0.5).slice(0, 12));
    expect(await look()).toEqual([]);
    appendFileSync(path, `${report(1, 0.5).slice(12)}\n`);
    expect(await look()).toEqual([report(1, 0.5)]);
  });

  test('is read to its end when the training has ended, the last line without a newline too', async () => {
    const { path, look, end } = reading();
    writeFileSync(path, `${report(1, 0.5)}\n`);
    await look();
    appendFileSync(path, `${report(2, 0.4)}\n${report(3, 0.3)}`);
    expect(await end()).toEqual([report(2, 0.4), report(3, 0.3)]);
  });

  test('that was written between start and end is read', async () => {
    const { path, end } = reading();
    writeFileSync(path, report(1, 0.5));
    expect(await end()).toEqual([report(1, 0.5)]);
  });

  test('that is renamed and begun again is read on, what was written before the renaming first', async () => {
    const { path, look } = reading();
    writeFileSync(path, `${report(1, 0.5)}\n`);
    await look();
    appendFileSync(path, `${report(2, 0.4)}\n`);
    renameSync(path, `${path}.1`);
    writeFileSync(path, `${report(3, 0.3)}\n`);
    expect(await look()).toEqual([report(2, 0.4), report(3, 0.3)]);
  });

  test('that is truncated and written again is read from its beginning, each level printed once', async () => {
    const { path, look } = reading();
    writeFileSync(path, `${report(1, 0.5)}\n${report(2, 0.4)}\n`);
    await look();
    truncateSync(path);
    appendFileSync(path, `${report(1, 0.9)}\n`);
    expect(await look()).toEqual([]);
    appendFileSync(path, `${report(2, 0.9)}\n${report(3, 0.3)}\n`);
    expect(await look()).toEqual([report(3, 0.3)]);
  });

  test('that is written over at each level, its line as long as before or longer, gives each', async () => {
    const { path, look } = reading();
    const lines: string[] = [];
    for (const line of [report(8, 0.5), report(9, 0.4), report(10, 0.3)]) {
      writeFileSync(path, `${line}\n`);
      lines.push(...(await look()));
    }
    expect(lines).toEqual([report(8, 0.5), report(9, 0.4), report(10, 0.3)]);
  });

  test('that is written over without a newline gives each object when the next one is there, and the last', async () => {
    const { path, look, end } = reading();
    writeFileSync(path, report(1, 0.5));
    expect(await look()).toEqual([]);
    writeFileSync(path, report(2, 0.4));
    expect(await look()).toEqual([report(1, 0.5)]);
    expect(await end()).toEqual([report(2, 0.4)]);
  });

  test('may be a link to the file of today', async () => {
    const { path, look } = reading();
    writeFileSync(`${path}.today`, `${report(1, 0.5)}\n`);
    symlinkSync(`${path}.today`, path);
    expect(await look()).toEqual([report(1, 0.5)]);
  });

  test('with NaN, garbage, long lines and other numbers gives what there is', async () => {
    const { path, look } = reading();
    const garbage = Buffer.from([0xff, 0x00, 0xc3, 0x0a, 0x7b, 0x0a]);
    writeFileSync(path, `{"epoch": 1, "val_error": NaN}\n${'x'.repeat(1_000_000)}\n{"acc": 1, "epoch": 1}\n`);
    appendFileSync(path, garbage);
    appendFileSync(path, `${report(2, 0.4)}\n`);
    expect(await look()).toEqual(['{"epoch":1,"val_error":"NaN"}', '{"acc":null,"epoch":null}', report(2, 0.4)]);
  });

  test('with reports that cannot be used gives the first, so that it can be told why', async () => {
    const { path, look } = reading();
    writeFileSync(path, `{"epoch": 0, "val_error": ["${'x'.repeat(999)}"]}\n{"epoch": 0, "val_error": 1}\n`);
    expect(await look()).toEqual([`{"epoch":0,"val_error":"[\\"${'x'.repeat(198)}"}`]);
  });

  test('that is a folder is told to the user', async () => {
    const { path, look, notices } = reading();
    mkdirSync(path);
    await look();
    expect(notices).toEqual([`${path} is no file`]);
  });
});

describe('additional metrics', () => {
  test('come with the report of their level; alone when they change after it', async () => {
    const { path, look } = reading();
    writeFileSync(path, '{"epoch": 1, "loss": 3}\n{"epoch": 1, "val_error": 0.5}\n');
    expect(await look()).toEqual(['{"epoch":1,"val_error":0.5,"loss":3}']);
    appendFileSync(path, '{"epoch": 1, "loss": 2.5}\n{"epoch": 1, "loss": 2}\n');
    expect(await look()).toEqual(['{"epoch":1,"loss":2}']);
    expect(await look()).toEqual([]);
  });

  test('are printed for each level, though they are as before; without a level they belong to the last', async () => {
    const { path, look } = reading();
    writeFileSync(path, `{"epoch": 1, "loss": 3}\n{"epoch": 2, "loss": 3}\n${report(1, 0.5)}\n`);
    expect(await look()).toEqual(['{"epoch":1,"loss":3}', '{"epoch":2,"loss":3}', report(1, 0.5)]);
    appendFileSync(path, `${report(2, 0.4)}\n{"loss": 2}\n${report(3, 0.3)}\n`);
    expect(await look()).toEqual([report(2, 0.4), '{"loss":2}', report(3, 0.3)]);
  });
});

describe('a file of comma-separated values', () => {
  test('has names in its first line; cells may be quoted or empty', async () => {
    const { path, look } = reading('metrics.csv', 'CSV');
    writeFileSync(path, '"epoch",val_error,loss,"a, ""b"""\r\n1,,3,x\r\n1,0.5,,"y, z"\r\n');
    expect(await look()).toEqual(['{"epoch":1,"val_error":0.5,"loss":3}']);
    appendFileSync(path, '2,0.25,1,\r\n');
    expect(await look()).toEqual(['{"epoch":2,"val_error":0.25,"loss":1}']);
  });

  test('that is replaced has names again', async () => {
    const { path, look } = reading('metrics.csv', 'CSV');
    writeFileSync(path, 'epoch,val_error\n1,0.5\n');
    await look();
    rmSync(path);
    writeFileSync(path, 'val_error,epoch\n0.25,2\n');
    expect(await look()).toEqual(['{"epoch":2,"val_error":0.25}']);
  });

  test('that is written anew with one more column, longer than it was, is read by its new names', async () => {
    const { path, look } = reading('metrics.csv', 'CSV');
    writeFileSync(path, 'epoch,val_error\n1,0.5\n');
    await look();
    writeFileSync(path, 'epoch,loss,val_error\n1,3,0.5\n2,2,0.25\n');
    expect(await look()).toEqual(['{"epoch":1,"loss":3}', '{"epoch":2,"val_error":0.25,"loss":2}']);
  });

  test('that is written anew in the middle of a line has no half number', async () => {
    const { path, look } = reading('metrics.csv', 'CSV');
    writeFileSync(path, 'epoch,val_error\n1,0.');
    await look();
    writeFileSync(path, 'epoch,loss,val_error\n1,3,0.5\n');
    expect(await look()).toEqual(['{"epoch":1,"val_error":0.5,"loss":3}']);
  });
});
