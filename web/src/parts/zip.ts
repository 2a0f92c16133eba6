/** Several files as one zip, stored as they are: the API reads a portfolio of many files from one. */

const TABLE = Uint32Array.from({ length: 256 }, (_, at) => {
  let value = at;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});
const UTF8_NAME = 0x800;
const VERSION = 20;

function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (TABLE[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

/** Names that are the same are told apart by a number before them. */
export async function zip(files: File[]): Promise<Blob> {
  const parts: BlobPart[] = [];
  const directory: BlobPart[] = [];
  let [offset, size] = [0, 0];
  const used = new Set<string>();
  for (const [at, file] of files.entries()) {
    const name = new TextEncoder().encode(used.has(file.name) ? `${at + 1}-${file.name}` : file.name);
    used.add(file.name);
    const bytes = new Uint8Array(await file.arrayBuffer());
    const facts = [VERSION, UTF8_NAME, 0, 0, 0x21];
    const sizes = [crc32(bytes), bytes.length, bytes.length];
    parts.push(record(0x04034b50, facts, sizes, [name.length, 0]), name, bytes);
    directory.push(record(0x02014b50, [VERSION, ...facts], sizes, [name.length, 0, 0, 0, 0], [0, offset]), name);
    offset += 30 + name.length + bytes.length;
    size += 46 + name.length;
  }
  return new Blob([...parts, ...directory, record(0x06054b50, [0, 0, files.length, files.length], [size, offset], [0])], { type: "application/zip" });
}

/** Little-endian: a signature of 4 bytes, then groups of 2, 4, 2 and 4 bytes a number. */
function record(signature: number, shorts: number[], longs: number[], more: number[], last: number[] = []): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(4 + 2 * (shorts.length + more.length) + 4 * (longs.length + last.length)));
  view.setUint32(0, signature, true);
  let at = 4;
  const put = (values: number[], width: 2 | 4) => {
    for (const value of values) {
      if (width === 2) view.setUint16(at, value, true);
      else view.setUint32(at, value, true);
      at += width;
    }
  };
  put(shorts, 2);
  put(longs, 4);
  put(more, 2);
  put(last, 4);
  return new Uint8Array(view.buffer);
}
