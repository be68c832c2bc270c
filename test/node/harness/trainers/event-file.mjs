/**
 * Reports to TensorBoard: scalars in an event file below ABOHB_METRICS_PATH, in the format of TFRecord files and protocol
 * buffers. Like a SummaryWriter it writes when its buffer is full, wherever a record ends, and the rest at its end.
 */
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const BUFFER_BYTES = 100;
const EPOCH_MS = 50;

const folder = join(process.env.ABOHB_METRICS_PATH, 'lightning_logs', 'version_0');
const file = join(folder, 'events.out.tfevents.1700000000.trial');
mkdirSync(folder, { recursive: true });

/** Of a polynomial that is reversed, masked as TFRecord files do. */
function checksum(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  crc = ~crc >>> 0;
  const masked = Buffer.alloc(4);
  masked.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
  return masked;
}

function record(data) {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  return Buffer.concat([length, checksum(length), data, checksum(data)]);
}

/** A field of bytes, fewer than 128. */
function bytes(number, content) {
  return Buffer.concat([Buffer.from([(number << 3) | 2, content.length]), content]);
}

function float(number, value) {
  const field = Buffer.from([(number << 3) | 5, 0, 0, 0, 0]);
  field.writeFloatLE(value, 1);
  return field;
}

function double(number, value) {
  const field = Buffer.alloc(9, (number << 3) | 1);
  field.writeDoubleLE(value, 1);
  return field;
}

/** An Event of one scalar; steps below 128. */
function scalar(step, tag, value) {
  const summary = bytes(1, Buffer.concat([bytes(1, Buffer.from(tag)), float(2, value)]));
  return record(Buffer.concat([double(1, Date.now() / 1000), Buffer.from([2 << 3, step]), bytes(5, summary)]));
}

let buffer = record(Buffer.concat([double(1, Date.now() / 1000), bytes(3, Buffer.from('brain.Event:2'))]));
for (let epoch = 1; epoch <= Number(process.env.ABOHB_UNTIL); epoch++) {
  buffer = Buffer.concat([buffer, scalar(epoch, 'Loss/train', 1 / epoch), scalar(epoch, 'Loss/val', 2 / epoch)]);
  for (; buffer.length >= BUFFER_BYTES; buffer = buffer.subarray(BUFFER_BYTES)) {
    appendFileSync(file, buffer.subarray(0, BUFFER_BYTES));
  }
  await sleep(EPOCH_MS);
}
appendFileSync(file, buffer);
