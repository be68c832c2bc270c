/**
 * TensorBoard's Event messages → scalars: values of TensorFlow 1 and PyTorch (`simple_value`) and of TensorFlow 2 (a
 * tensor without dimensions). Everything else is passed over.
 */
import { type Field, fields, varint } from './protobuf.ts';

export interface Scalar {
  readonly tag: string;
  readonly value: number;
}

export interface Event {
  readonly step: number;
  readonly scalars: readonly Scalar[];
}

/** Throws a RangeError when it is no Event. */
export function eventOf(data: Uint8Array): Event {
  let step = 0;
  const scalars: Scalar[] = [];
  for (const field of fields(data)) {
    if (field.number === 2 && field.type === 'varint') step = Number(BigInt.asIntN(64, field.value));
    if (field.number === 5 && field.type === 'bytes') scalars.push(...summary(field.value));
  }
  return { step, scalars };
}

function* summary(data: Uint8Array): Generator<Scalar> {
  for (const field of fields(data)) {
    const scalar = field.number === 1 && field.type === 'bytes' ? scalarOf(field.value) : undefined;
    if (scalar) yield scalar;
  }
}

function scalarOf(data: Uint8Array): Scalar | undefined {
  const all = [...fields(data)];
  const part = (wanted: number): Buffer | undefined => {
    const value = all.find(({ number }) => number === wanted)?.value;
    return value instanceof Buffer ? value : undefined;
  };
  const [tag, simple, tensor] = [part(1), part(2), part(8)];
  const value = simple ? floatIn(simple) : tensor && tensorScalar(tensor);
  return tag === undefined || value === undefined ? undefined : { tag: tag.toString('utf8'), value };
}

/** Fields of a TensorProto. */
const DTYPE = 1;
const SHAPE = 2;
const CONTENT = 4;

/** How a type of element (DataType) is kept: its own field of values, and its bytes in `tensor_content`. */
interface Element {
  readonly field: number;
  readonly value: (field: Field) => number | undefined;
  readonly content: (bytes: Buffer) => number;
}

const ELEMENTS: Readonly<Record<number, Element>> = {
  1: { field: 5, value: (field) => floatIn(bytesOf(field)), content: (bytes) => bytes.readFloatLE() },
  2: { field: 6, value: (field) => doubleIn(bytesOf(field)), content: (bytes) => bytes.readDoubleLE() },
  3: { field: 7, value: integerIn, content: (bytes) => bytes.readInt32LE() },
  9: { field: 10, value: integerIn, content: (bytes) => Number(bytes.readBigInt64LE()) },
};

/** Undefined for a tensor that has dimensions, or holds something else than numbers. */
function tensorScalar(data: Uint8Array): number | undefined {
  const all = [...fields(data)];
  const dtype = all.find(({ number, type }) => number === DTYPE && type === 'varint')?.value;
  const shape = all.find(({ number }) => number === SHAPE)?.value;
  const element = typeof dtype === 'bigint' ? ELEMENTS[Number(dtype)] : undefined;
  if (!element || (shape instanceof Buffer && hasDimensions(shape))) return undefined;
  const content = all.find(({ number }) => number === CONTENT)?.value;
  if (content instanceof Buffer && content.length > 0) return element.content(content);
  const field = all.find(({ number }) => number === element.field);
  // A value that is zero need not be written.
  return field ? element.value(field) : 0;
}

function hasDimensions(shape: Buffer): boolean {
  for (const { number } of fields(shape)) if (number === 2) return true;
  return false;
}

function bytesOf({ value }: Field): Buffer {
  return value instanceof Buffer ? value : Buffer.alloc(0);
}

function floatIn(bytes: Buffer): number | undefined {
  return bytes.length >= 4 ? bytes.readFloatLE() : undefined;
}

function doubleIn(bytes: Buffer): number | undefined {
  return bytes.length >= 8 ? bytes.readDoubleLE() : undefined;
}

/** Alone, or the first of a packed list. */
function integerIn(field: Field): number | undefined {
  const value = field.type === 'varint' ? field.value : varint(field.value, 0).value;
  return Number(BigInt.asIntN(64, value));
}
