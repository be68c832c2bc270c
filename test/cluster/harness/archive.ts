/** Reads single files out of tar and zip archives held in memory; enough for the ones we know, no more. */
import { inflateRawSync } from 'node:zlib';

const BLOCK = 512;

/** The content of a regular file in a ustar archive. Throws when it is not there. */
export function fileInTar(tar: Buffer, path: string): Buffer {
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0; ) {
    const name = text(tar.subarray(at, at + 100));
    const prefix = text(tar.subarray(at + 345, at + 500));
    const size = Number.parseInt(text(tar.subarray(at + 124, at + 136)), 8);
    const content = at + BLOCK;
    if ((prefix === '' ? name : `${prefix}/${name}`) === path) return tar.subarray(content, content + size);
    at = content + Math.ceil(size / BLOCK) * BLOCK;
  }
  throw new Error(`the tar archive has no ${path}`);
}

function text(field: Buffer): string {
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? field.length : end).toString('utf8');
}

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;

/** The content of a file in a zip archive (stored or deflated, not zip64). Throws when it is not there. */
export function fileInZip(zip: Buffer, path: string): Buffer {
  let end = zip.length - 22;
  while (end >= 0 && zip.readUInt32LE(end) !== END_OF_DIRECTORY) end--;
  if (end < 0) throw new Error('not a zip archive: it has no central directory');
  const count = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  for (let i = 0; i < count && zip.readUInt32LE(at) === DIRECTORY_ENTRY; i++) {
    const nameLength = zip.readUInt16LE(at + 28);
    if (zip.toString('utf8', at + 46, at + 46 + nameLength) === path) return zipEntry(zip, at);
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  throw new Error(`the zip archive has no ${path}`);
}

function zipEntry(zip: Buffer, entry: number): Buffer {
  const method = zip.readUInt16LE(entry + 10);
  const size = zip.readUInt32LE(entry + 20);
  const local = zip.readUInt32LE(entry + 42);
  // The local header repeats the name and has an extra field of its own length.
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const data = zip.subarray(start, start + size);
  if (method === 0) return data;
  if (method === 8) return inflateRawSync(data);
  throw new Error(`zip method ${method} is not known here`);
}
