/**
 * TAR archives in memory: plain files of the ustar, GNU and pax kinds.
 *
 * Source: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Extended Header"; GNU long names. Links,
 * devices and sparse files are refused.
 */
import { PqrError } from '../ecg/errors.js';
import { checkLimit, type Limits } from '../ecg/limits.js';
import { checkEntryName, isEntryWanted, refuseLink } from './archive-names.js';
import { shown } from './byte-source.js';
import { decodeText } from './text.js';

const BLOCK_BYTES = 512;
const FILE_TYPES = new Set(['', '0', '7']);
const FOLDER = '5';
const LINKS = new Set(['1', '2']);
const LONG_NAME = 'L';
const PAX = 'x';
/** Entries that say something about the next one (or, `g`, about all). */
const HEADER_TYPES = new Set([LONG_NAME, PAX, 'g']);
const MAX_HEADER_BYTES = 64 * 1024;

/** True where a header of the ustar kinds begins. */
export function isTar(start: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(start.subarray(257, 262)) === 'ustar';
}

function damaged(archive: string, why: string): PqrError {
  return new PqrError(
    'format.inconsistent',
    `${shown(archive)} is a damaged TAR archive: ${why}.`,
    {
      hint: 'Copy or pack it again.',
    },
  );
}

/** The files of an archive by name: views, not copies. @throws `format.*`, `limit.exceeded` */
export function unpackTar(
  bytes: Uint8Array,
  archive: string,
  limits: Limits,
): Map<string, Uint8Array> {
  checkLimit('archiveBytes', bytes.length, shown(archive), limits);
  const files = new Map<string, Uint8Array>();
  let longName: string | undefined;
  for (const { name: shortName, type, content } of blocksOf(bytes, archive, limits)) {
    if (HEADER_TYPES.has(type)) {
      longName = readLongName(type, content, archive) ?? longName;
      continue;
    }
    const name = (longName ?? shortName).replace(/^(?:\.\/)+/, '');
    longName = undefined;
    checkEntryName(name, archive);
    if (LINKS.has(type)) refuseLink(name, archive);
    if (type === FOLDER) continue;
    if (!FILE_TYPES.has(type)) throw damaged(archive, `${shown(name)} is of type ${shown(type)}`);
    checkLimit('fileBytes', content.length, shown(name), limits);
    if (isEntryWanted(name)) files.set(name, content);
  }
  return files;
}

interface TarEntry {
  readonly name: string;
  readonly type: string;
  readonly content: Uint8Array;
}

/** Every entry with its content, up to the empty block that ends an archive. */
function* blocksOf(bytes: Uint8Array, archive: string, limits: Limits): Generator<TarEntry> {
  let entryCount = 0;
  for (let at = 0; at + BLOCK_BYTES <= bytes.length; ) {
    const block = bytes.subarray(at, at + BLOCK_BYTES);
    if (block.every((byte) => byte === 0)) return;
    entryCount++;
    checkLimit('archiveEntryCount', entryCount, shown(archive), limits);
    const { name, size, type } = readBlock(block, archive);
    const content = bytes.subarray(at + BLOCK_BYTES, at + BLOCK_BYTES + size);
    if (content.length < size) throw damaged(archive, `${shown(name)} is cut off`);
    at += BLOCK_BYTES * (1 + Math.ceil(size / BLOCK_BYTES));
    yield { name, type, content };
  }
}

/** The name that an extra header gives to the entry behind it. */
function readLongName(type: string, content: Uint8Array, archive: string): string | undefined {
  if (content.length > MAX_HEADER_BYTES) throw damaged(archive, 'a header is too long');
  if (type === LONG_NAME) return decodeText(content).replace(/\0.*$/s, '');
  return type === PAX ? paxPath(decodeText(content)) : undefined;
}

interface TarBlock {
  readonly name: string;
  readonly size: number;
  readonly type: string;
}

function readBlock(block: Uint8Array, archive: string): TarBlock {
  const text = (start: number, length: number) =>
    decodeText(block.subarray(start, start + length)).replace(/\0.*$/s, '');
  const octal = (start: number, length: number) => {
    const field = text(start, length).trim();
    return /^[0-7]{1,11}$/.test(field) ? Number.parseInt(field, 8) : Number.NaN;
  };
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  const size = octal(124, 12);
  if (octal(148, 8) !== sum || Number.isNaN(size)) {
    throw damaged(archive, 'a header does not fit its checksum');
  }
  const prefix = text(257, 6) === 'ustar' ? text(345, 155) : '';
  const name = prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`;
  return { name, size, type: text(156, 1) };
}

/** The path among pax records, `LENGTH path=VALUE\n`. */
function paxPath(records: string): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)/.exec(records)?.[1];
}
