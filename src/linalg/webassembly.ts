/** Running assembled procedures. Compiled where it is used first, in less than a millisecond; nothing is loaded. */
import { assemble, type Procedure } from './assembler.ts';

/** Procedures, and the memory they work on. */
export interface Loaded<Name extends string> {
  readonly procedures: Readonly<Record<Name, (...values: number[]) => void>>;
  /** The first bytes of memory, as numbers; invalid once more are asked for. */
  numbers(count: number): Float64Array;
}

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): void;
}

/** The part of JavaScript's interface to WebAssembly that is used here. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new <Exports>(module: object) => { readonly exports: Exports };
};

const PAGE_BYTES = 65536;

export function load<Name extends string>(procedures: Readonly<Record<Name, Procedure>>): Loaded<Name> {
  const module = new WebAssembly.Module(assemble(procedures));
  type Exports = Loaded<Name>['procedures'] & { readonly memory: Memory };
  const { exports } = new WebAssembly.Instance<Exports>(module);
  return {
    procedures: exports,
    numbers(count) {
      const missing = 8 * count - exports.memory.buffer.byteLength;
      if (missing > 0) exports.memory.grow(Math.ceil(missing / PAGE_BYTES));
      return new Float64Array(exports.memory.buffer, 0, count);
    },
  };
}
