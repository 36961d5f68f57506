/**
 * Worker thread: the HDF5 library (WebAssembly) on one file at a time. A damaged file can make it run long or
 * ask for much memory, so it has a thread that can be ended and a memory that can't grow past a limit.
 *
 * The library sees a file system of its own with exactly one file in it, whose bytes are read as they are
 * asked for: an external link, external storage or a virtual dataset finds nothing on this machine's disk.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import * as h5wasm from 'h5wasm';

export type Hdf5Bytes =
  | { readonly key: string; readonly bytes: Uint8Array }
  | {
      readonly key: string;
      readonly path: string;
      readonly openFlags: number;
      readonly byteLength: number;
    };

export interface Hdf5Entry {
  readonly name: string;
  readonly kind: 'dataset' | 'group' | 'link' | 'other';
  /** Of datasets; empty for a single value. */
  readonly shape: readonly number[];
  readonly type: 'float' | 'integer' | 'other';
  readonly valueBytes: number;
  readonly signed: boolean;
  /** Of one chunk as it is in memory; 0 where the dataset has none. */
  readonly chunkBytes: number;
  /** Made of parts of other datasets, which may lie in other files. */
  readonly isVirtual: boolean;
}

export interface Hdf5Request {
  readonly call: number;
  readonly file: Hdf5Bytes;
  /** How large the library's memory may become. */
  readonly memoryBytes: number;
  /** What to read; the root's entries (at most `entryCount`) where left out. */
  readonly read?: {
    readonly dataset: string;
    readonly start: readonly number[];
    readonly count: readonly number[];
    readonly valueBytes: number;
  };
  readonly entryCount: number;
}

export type Hdf5Answer =
  | { readonly call: number; readonly ok: true; readonly entries: readonly Hdf5Entry[] }
  /** Values as they are stored, little-endian, row-major. */
  | { readonly call: number; readonly ok: true; readonly bytes: Uint8Array }
  | {
      readonly call: number;
      readonly ok: false;
      /** Of the operating system. */
      readonly code?: string;
      /** The library itself broke: nothing that it would read now can be relied on. */
      readonly isBroken: boolean;
    };

/** The file systems inside WebAssembly have this of emscripten's in-memory nodes. */
interface MemoryNode {
  usedBytes: number;
  stream_ops: Record<string, unknown>;
}

const WASM_PAGE_BYTES = 65_536;
let memoryBytes = 0;
/** Of the language, but not among Node's types. */
const { Memory, RuntimeError } = (
  globalThis as unknown as {
    WebAssembly: {
      Memory: { prototype: { buffer: ArrayBuffer; grow(pages: number): number } };
      RuntimeError: ErrorConstructor;
    };
  }
).WebAssembly;
const { grow } = Memory.prototype;
Memory.prototype.grow = function growWithinLimit(pages) {
  const wanted = this.buffer.byteLength + pages * WASM_PAGE_BYTES;
  if (memoryBytes > 0 && wanted > memoryBytes) throw new RangeError('over the memory limit');
  return grow.call(this, pages);
};

const library = await h5wasm.ready;
/** What the library prints of its errors is for nobody. */
library.activate_throwing_error_handler();

interface Opened {
  readonly key: string;
  readonly name: string;
  readonly file: h5wasm.File;
  readonly descriptor: number | undefined;
}

let opened: Opened | undefined;
let openCount = 0;

function close(): void {
  if (opened === undefined) return;
  const { name, file, descriptor } = opened;
  opened = undefined;
  try {
    file.close();
    library.FS.unlink(name);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function open(source: Hdf5Bytes): h5wasm.File {
  if (opened?.key === source.key) return opened.file;
  close();
  const name = `/file-${++openCount}`;
  if ('bytes' in source) {
    library.FS.writeFile(name, source.bytes);
    return keep(source.key, name, undefined);
  }
  const descriptor = openSync(source.path, source.openFlags);
  library.FS.writeFile(name, new Uint8Array(0));
  const node = (
    library.FS as unknown as { lookupPath(path: string): { node: MemoryNode } }
  ).lookupPath(name).node;
  node.usedBytes = source.byteLength;
  node.stream_ops = {
    ...node.stream_ops,
    read: (_stream: unknown, into: Int8Array, offset: number, length: number, position: number) =>
      readSync(descriptor, into, offset, length, position),
  };
  return keep(source.key, name, descriptor);
}

function keep(key: string, name: string, descriptor: number | undefined): h5wasm.File {
  try {
    opened = { key, name, descriptor, file: new h5wasm.File(name, 'r') };
    return opened.file;
  } catch (error) {
    library.FS.unlink(name);
    if (descriptor !== undefined) closeSync(descriptor);
    throw error;
  }
}

const NO_DATASET = {
  ...{ shape: [], type: 'other' as const, valueBytes: 0, signed: false },
  ...{ chunkBytes: 0, isVirtual: false },
};

function describe(file: h5wasm.File, name: string): Hdf5Entry {
  let entry: unknown;
  try {
    entry = file.get(name);
  } catch {
    return { name, kind: 'other', ...NO_DATASET };
  }
  if (entry instanceof h5wasm.Group) return { name, kind: 'group', ...NO_DATASET };
  if (entry instanceof h5wasm.ExternalLink || entry instanceof h5wasm.BrokenSoftLink) {
    return { name, kind: 'link', ...NO_DATASET };
  }
  if (!(entry instanceof h5wasm.Dataset)) return { name, kind: 'other', ...NO_DATASET };
  const { shape, type, size, signed, chunks, virtual_sources } = entry.metadata;
  return {
    ...{ name, kind: 'dataset', shape: shape ?? [], valueBytes: size, signed },
    type: type === 1 ? 'float' : type === 0 ? 'integer' : 'other',
    chunkBytes: chunks === null ? 0 : chunks.reduce((product, side) => product * side, size),
    isVirtual: (virtual_sources?.length ?? 0) > 0,
  };
}

function readValues(file: h5wasm.File, read: NonNullable<Hdf5Request['read']>): Uint8Array {
  const { dataset, start, count, valueBytes } = read;
  const byteCount = count.reduce((product, side) => product * side, valueBytes);
  const entry = file.get(dataset);
  // What is read must be what was described: the library fills as many bytes as the type has.
  if (!(entry instanceof h5wasm.Dataset) || entry.metadata.size !== valueBytes) {
    throw new Error('not the dataset that was described');
  }
  const wide = (values: readonly number[]) => values.map(BigInt);
  const ones = count.map(() => 1n);
  const malloc = library as unknown as { _malloc(n: number): number; _free(at: number): void };
  const at = malloc._malloc(byteCount);
  if (at === 0) throw new RangeError('over the memory limit');
  try {
    const { file_id } = entry;
    library.get_dataset_data(file_id, entry.path, wide(count), wide(start), ones, BigInt(at));
    return library.HEAPU8.slice(at, at + byteCount);
  } finally {
    malloc._free(at);
  }
}

function answer(request: Hdf5Request): Hdf5Answer {
  const { call, read, entryCount } = request;
  memoryBytes = request.memoryBytes;
  const file = open(request.file);
  if (read !== undefined) return { call, ok: true, bytes: readValues(file, read) };
  const names = file.keys().slice(0, entryCount);
  return { call, ok: true, entries: names.map((name) => describe(file, name)) };
}

parentPort!.on('message', (request: Hdf5Request) => {
  try {
    const given = answer(request);
    const transfer = 'bytes' in given ? [given.bytes.buffer as ArrayBuffer] : [];
    parentPort!.postMessage(given, transfer);
  } catch (error) {
    parentPort!.postMessage(refusal(request.call, error));
  } finally {
    // Bytes in memory belong to one call.
    if ('bytes' in request.file) closeQuietly();
  }
});

function refusal(call: number, error: unknown): Hdf5Answer {
  const { code } = error as NodeJS.ErrnoException;
  const isBroken = error instanceof RuntimeError;
  return { call, ok: false, isBroken, ...(typeof code === 'string' && { code }) };
}

function closeQuietly(): void {
  try {
    close();
  } catch {
    // A damaged file that can't be closed goes with the thread.
  }
}
