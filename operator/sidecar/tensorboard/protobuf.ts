/** The wire format of protocol buffers: just enough to walk over the fields of a message. What is read is untrusted. */

export type Field =
  | { readonly number: number; readonly type: 'varint'; readonly value: bigint }
  | { readonly number: number; readonly type: 'fixed' | 'bytes'; readonly value: Buffer };

/** All fields of a message, in order. Throws a RangeError when the message is cut off or is none. */
export function* fields(message: Uint8Array): Generator<Field> {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const key = varint(bytes, at);
    const number = Number(key.value >> 3n);
    const wire = Number(key.value & 7n);
    if (wire === 0) {
      const { value, end } = varint(bytes, key.end);
      yield { number, type: 'varint', value };
      at = end;
    } else {
      const { value, end } = content(bytes, key.end, wire);
      yield { number, type: wire === 2 ? 'bytes' : 'fixed', value };
      at = end;
    }
  }
}

function content(bytes: Buffer, at: number, wire: number): { readonly value: Buffer; readonly end: number } {
  const length = wire === 2 ? varint(bytes, at) : { value: BigInt(FIXED[wire] ?? -1), end: at };
  const end = length.end + Number(length.value);
  if (length.value < 0n || end > bytes.length) throw new RangeError('the message is no protocol buffer');
  return { value: bytes.subarray(length.end, end), end };
}

/** Bytes of the wire types of fixed length. */
const FIXED: Readonly<Record<number, number>> = { 1: 8, 5: 4 };
const LONGEST_VARINT = 10;

/** The number that begins at a place, as 64 bits without a sign, and where it ends. */
export function varint(bytes: Uint8Array, at: number): { readonly value: bigint; readonly end: number } {
  let value = 0n;
  for (let i = 0; i < LONGEST_VARINT; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) break;
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) return { value: BigInt.asUintN(64, value), end: at + i + 1 };
  }
  throw new RangeError('the message is no protocol buffer');
}
