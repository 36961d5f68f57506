/**
 * ZIP archives in memory: stored and deflated entries.
 *
 * Source: PKWARE APPNOTE.TXT 6.3.10. The central directory counts, not what lies before the entries. No
 * encryption, no ZIP64, no split archives; sizes are checked before anything is inflated.
 */
import { inflateRawSync } from 'node:zlib';
import { PqrError } from '../ecg/errors.js';
import { checkLimit, type Limits } from '../ecg/limits.js';
import { checkEntryName, isEntryWanted, refuseLink } from './archive-names.js';
import { shown } from './byte-source.js';
import { decodeText } from './text.js';

const END_MARK = 0x06054b50;
const ENTRY_MARK = 0x02014b50;
const LOCAL_MARK = 0x04034b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const MAX_COMMENT_BYTES = 65_535;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 1;
const FILE_TYPE_MASK = 0xf000;
const LINK_TYPE = 0xa000;

interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly localAt: number;
}

function damaged(archive: string, why: string): PqrError {
  return new PqrError(
    'format.inconsistent',
    `${shown(archive)} is a damaged ZIP archive: ${why}.`,
    {
      hint: 'Copy or pack it again.',
    },
  );
}

/** Names of the files in an archive; nothing is inflated. @throws `format.*`, `limit.exceeded` */
export function listZip(bytes: Uint8Array, archive: string, limits: Limits): string[] {
  return readDirectory(bytes, archive, limits).map((entry) => entry.name);
}

/** The files of an archive by name. @throws `format.*`, `limit.exceeded` */
export function unpackZip(
  bytes: Uint8Array,
  archive: string,
  limits: Limits,
): Map<string, Uint8Array> {
  const entries = readDirectory(bytes, archive, limits);
  const total = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  checkLimit('archiveBytes', total, shown(archive), limits);
  return new Map(entries.map((entry) => [entry.name, unpackEntry(bytes, entry, archive)]));
}

function readDirectory(bytes: Uint8Array, archive: string, limits: Limits): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = findEnd(view, archive);
  const count = view.getUint16(end + 10, true);
  checkLimit('archiveEntryCount', count, shown(archive), limits);
  let at = view.getUint32(end + 16, true);
  if (count === 0xffff || at === 0xffffffff) {
    throw new PqrError(
      'format.unsupported',
      `${shown(archive)} is a ZIP64 archive, which is not read.`,
    );
  }
  const entries: ZipEntry[] = [];
  for (let index = 0; index < count; index++) {
    if (at + ENTRY_BYTES > bytes.length || view.getUint32(at, true) !== ENTRY_MARK) {
      throw damaged(archive, `entry ${index + 1} of ${count} is missing`);
    }
    const nameBytes = view.getUint16(at + 28, true);
    const name = decodeText(bytes.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes));
    checkEntryName(name, archive);
    const mode = view.getUint32(at + 38, true) >>> 16;
    if ((mode & FILE_TYPE_MASK) === LINK_TYPE) refuseLink(name, archive);
    if (isEntryWanted(name)) {
      if ((view.getUint16(at + 8, true) & ENCRYPTED) !== 0) {
        throw new PqrError('format.unsupported', `${shown(archive)}: ${shown(name)} is encrypted.`);
      }
      const size = view.getUint32(at + 24, true);
      checkLimit('fileBytes', size, shown(name), limits);
      entries.push({
        ...{ name, bytes: size, method: view.getUint16(at + 10, true) },
        crc: view.getUint32(at + 16, true),
        packedBytes: view.getUint32(at + 20, true),
        localAt: view.getUint32(at + 42, true),
      });
    }
    at += ENTRY_BYTES + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}

function findEnd(view: DataView, archive: string): number {
  const last = view.byteLength - END_BYTES;
  for (let at = last; at >= Math.max(0, last - MAX_COMMENT_BYTES); at--) {
    if (view.getUint32(at, true) === END_MARK) return at;
  }
  throw damaged(archive, 'its directory is missing, it may be cut off');
}

function unpackEntry(bytes: Uint8Array, entry: ZipEntry, archive: string): Uint8Array {
  const { name, localAt, packedBytes, method } = entry;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (localAt + LOCAL_BYTES > bytes.length || view.getUint32(localAt, true) !== LOCAL_MARK) {
    throw damaged(archive, `${shown(name)} does not lie where the directory says`);
  }
  const nameAndExtra = view.getUint16(localAt + 26, true) + view.getUint16(localAt + 28, true);
  const start = localAt + LOCAL_BYTES + nameAndExtra;
  const packed = bytes.subarray(start, start + packedBytes);
  if (packed.length < packedBytes) throw damaged(archive, `${shown(name)} is cut off`);
  if (method !== STORED && method !== DEFLATED) {
    throw new PqrError(
      'format.unsupported',
      `${shown(archive)}: ${shown(name)} is packed by method ${method}; stored and deflated files are read.`,
    );
  }
  const unpacked = method === STORED ? packed : inflate(packed, entry, archive);
  if (unpacked.length !== entry.bytes || crc32(unpacked) !== entry.crc) {
    throw damaged(archive, `${shown(name)} does not fit its checksum`);
  }
  return unpacked;
}

function inflate(packed: Uint8Array, entry: ZipEntry, archive: string): Uint8Array {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.bytes) });
  } catch (cause) {
    throw new PqrError(
      'format.inconsistent',
      `${shown(archive)}: ${shown(entry.name)} can't be inflated to the ${entry.bytes} bytes it should have.`,
      { cause, hint: 'Copy or pack it again.' },
    );
  }
}

const CRC32 = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ CRC32[(crc ^ byte) & 0xff]!;
  return ~crc >>> 0;
}
