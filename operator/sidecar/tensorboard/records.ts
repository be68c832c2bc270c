/**
 * The framing of TFRecord files: length (8 bytes), its CRC (4), data, its CRC (4), little-endian. Bytes come in chunks;
 * large records (pictures, histograms) are skipped without being kept.
 */
import { maskedCrc32c } from './crc32c.ts';

/** Records of scalars are far smaller. */
export const MAX_RECORD_BYTES = 256 * 1024;

const HEADER = 12;
const FOOTER = 4;

export class Records {
  #pending = Buffer.alloc(0);
  /** Bytes of a large record still to come. */
  #skip = 0;
  /** The framing cannot be trusted any more: nothing more is read. */
  isBroken = false;
  /** Records that were damaged, and left out. */
  damaged = 0;

  /** The data of the records that a chunk completes. */
  *push(chunk: Uint8Array): Generator<Uint8Array> {
    if (this.isBroken) return;
    const skipped = Math.min(this.#skip, chunk.length);
    this.#skip -= skipped;
    this.#pending = Buffer.concat([this.#pending, chunk.subarray(skipped)]);
    let start = 0;
    for (let length = this.#lengthAt(start); length !== undefined; length = this.#lengthAt(start)) {
      const end = start + HEADER + length + FOOTER;
      const isLarge = length > MAX_RECORD_BYTES;
      if (!isLarge && end > this.#pending.length) break;
      if (!isLarge) yield* this.#data(start, end);
      this.#skip = Math.max(0, end - this.#pending.length);
      start = Math.min(end, this.#pending.length);
    }
    this.#pending = this.isBroken ? Buffer.alloc(0) : Buffer.from(this.#pending.subarray(start));
  }

  *#data(start: number, end: number): Generator<Uint8Array> {
    const data = this.#pending.subarray(start + HEADER, end - FOOTER);
    if (maskedCrc32c(data) === this.#pending.readUInt32LE(end - FOOTER)) yield data;
    else this.damaged += 1;
  }

  /** Undefined when the header is not all there, or is wrong. */
  #lengthAt(start: number): number | undefined {
    if (this.#pending.length - start < HEADER) return undefined;
    const header = this.#pending.subarray(start, start + 8);
    this.isBroken = maskedCrc32c(header) !== this.#pending.readUInt32LE(start + 8);
    return this.isBroken ? undefined : Number(header.readBigUInt64LE());
  }
}
