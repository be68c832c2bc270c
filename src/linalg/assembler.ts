/**
 * Writes WebAssembly modules, byte by byte, in the order of a text in folded form: an instruction follows its operands
 * (WebAssembly Core Specification 2.0, chapter 5, "Binary Format").
 *
 * Only what the modules here need: one memory, functions without results whose parameters are i32 (addresses and counts),
 * 32-bit addresses, vectors of two doubles. None of the instructions leaves a choice to the machine, but for the bits of
 * a NaN: a module gives the same numbers everywhere.
 */

/** Instructions that follow each other. */
export type Code = readonly number[];

/** An instruction of these bytes, after what computes its operands. */
function instruction(...bytes: number[]): (...operands: Code[]) => Code {
  return (...operands) => [...operands.flat(), ...bytes];
}

/** The same for instructions on vectors, which have a prefix. */
function vectorInstruction(opcode: number): (...operands: Code[]) => Code {
  return instruction(0xfd, ...unsigned(opcode));
}

/** An instruction on memory, at an address plus a constant. `alignment` is a hint, as a power of two. */
function access(bytes: Code, alignment: number) {
  return (address: Code, offset: number, ...value: Code[]): Code => [
    ...address,
    ...value.flat(),
    ...bytes,
    alignment,
    ...unsigned(offset),
  ];
}

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(value)],
  add: instruction(0x6a),
  subtract: instruction(0x6b),
  isLess: instruction(0x49),
};

export const vector = {
  /** Two doubles; one double, twice; storing two. */
  load: access([0xfd, 0x00], 3),
  loadTwice: access([0xfd, 0x0a], 3),
  store: access([0xfd, 0x0b], 3),
  root: vectorInstruction(0xef),
  add: vectorInstruction(0xf0),
  subtract: vectorInstruction(0xf1),
  multiply: vectorInstruction(0xf2),
  divide: vectorInstruction(0xf3),
  /** The second operand where it is less, the first elsewhere: NaN if that is NaN. */
  lesser: vectorInstruction(0xf6),
  /** The bits of both numbers moved up by a number of places, an i32. */
  shiftBits: vectorInstruction(0xcb),
};

/** Repeats the body as long as the condition holds after it. */
export function repeatWhile(condition: Code, ...body: Code[]): Code {
  return [0x03, 0x40, ...body.flat(), ...condition, 0x0d, 0x00, 0x0b];
}

/** Runs the body if the condition holds. */
export function when(condition: Code, ...body: Code[]): Code {
  return [...condition, 0x04, 0x40, ...body.flat(), 0x0b];
}

/** Calls the procedure with this place in the module. */
export function call(index: number, ...values: Code[]): Code {
  return [...values.flat(), 0x10, index];
}

/** A local variable or parameter. */
export interface Variable {
  readonly get: Code;
  set(value: Code): Code;
}

type Variables<Name extends string> = Readonly<Record<Name, Variable>>;

export interface Procedure {
  readonly parameters: number;
  /** How many further variables are i32, how many vectors. */
  readonly integers: number;
  readonly vectors: number;
  readonly body: Code;
}

/** A function's variables, by kind, and its body in terms of them. */
export function procedure<P extends string, I extends string, V extends string>(
  names: { parameters: readonly P[]; integers: readonly I[]; vectors: readonly V[] },
  body: (variables: Variables<P | I | V>) => readonly Code[],
): Procedure {
  const all = [...names.parameters, ...names.integers, ...names.vectors];
  const variables = Object.fromEntries(all.map((name, index) => [name, variable(index)])) as Variables<P | I | V>;
  return {
    parameters: names.parameters.length,
    integers: names.integers.length,
    vectors: names.vectors.length,
    body: body(variables).flat(),
  };
}

function variable(index: number): Variable {
  return { get: [0x20, index], set: (value) => [...value, 0x21, index] };
}

const I32 = 0x7f;
const V128 = 0x7b;

/** The bytes of a module which exports the procedures under their names, and its memory, at first a page, as `memory`. */
export function assemble(procedures: Readonly<Record<string, Procedure>>): Uint8Array<ArrayBuffer> {
  const all = Object.values(procedures);
  const exported = Object.keys(procedures).map((name, index) => [...text(name), 0x00, index]);
  return Uint8Array.of(
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(
      1,
      all.map(({ parameters }) => [0x60, ...list(Array.from({ length: parameters }, () => [I32])), 0x00]),
    ),
    ...section(
      3,
      all.map((_, index) => [index]),
    ),
    ...section(5, [[0x00, 0x01]]),
    ...section(7, [...exported, [...text('memory'), 0x02, 0x00]]),
    ...section(10, all.map(code)),
  );
}

function code({ integers, vectors, body }: Procedure): Code {
  const content = [
    ...list([
      [integers, I32],
      [vectors, V128],
    ]),
    ...body,
    0x0b,
  ];
  return [...unsigned(content.length), ...content];
}

function section(id: number, items: readonly Code[]): Code {
  const content = list(items);
  return [id, ...unsigned(content.length), ...content];
}

function list(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

function text(ascii: string): Code {
  return list(Array.from(ascii, (character) => [character.charCodeAt(0)]));
}

/** Seven bits a byte, the lowest first; all bytes but the last have the eighth set. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): Code {
  return value >= -0x40 && value < 0x40 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
