/** Splitting a byte stream into lines. */

const NEWLINE = 0x0a;

/**
 * The lines of a stream of bytes, decoded as UTF-8, without their newline; empty lines are left out. Chunks may end
 * anywhere, within a character too. A last line without a newline is one that was cut off, and is left out.
 */
export async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  /** The pieces so far of a line whose end has not come yet. */
  let pieces: Uint8Array[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const line = Buffer.concat([...pieces, chunk.subarray(start, end)]).toString('utf8');
      pieces = [];
      start = end + 1;
      if (line !== '') yield line;
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start));
  }
}
