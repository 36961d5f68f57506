/**
 * Which format a file is in, by its first bytes and never by its name.
 *
 * Recognised and read: WFDB headers, CSV, NPY. MAT v4 is a WFDB signal file and needs its header. What
 * else the bytes look like is named, so that the message can say it; those formats are not read here.
 */

import { STANDARD_LEADS } from '../ecg/leads.js';
import { namesLeads, parseCsvHead, startsWithNumbers } from './csv-head.js';
import { parseMat4Header } from './mat4.js';
import { isNpy } from './npy-header.js';
import { decodeTextStart, splitLines } from './text.js';

/** How many bytes of a file's beginning are looked at. */
export const SNIFF_BYTES = 8192;

/** As many where the file begins with comments, behind which the first line that counts lies. */
const SNIFF_BYTES_BEHIND_COMMENTS = 1024 * 1024;
const HASH = 35;

/** How much of a file must be looked at, by its first bytes. */
export function sniffLength(start: Uint8Array): number {
  return start[0] === HASH ? SNIFF_BYTES_BEHIND_COMMENTS : SNIFF_BYTES;
}

export type Detected =
  | { readonly format: 'wfdb' | 'npy' | 'mat4' }
  /** `sure`: the columns are leads by name, or twelve without names. */
  | { readonly format: 'csv'; readonly sure: boolean }
  | { readonly format: 'unknown'; readonly looksLike: string };

interface Signature {
  readonly looksLike: string;
  readonly at: number;
  readonly bytes: string;
}

const SIGNATURES: readonly Signature[] = [
  { looksLike: 'DICOM', at: 128, bytes: 'DICM' },
  { looksLike: 'EDF', at: 0, bytes: '0       ' },
  { looksLike: 'BDF', at: 0, bytes: '\xffBIOSEMI' },
  { looksLike: 'SCP-ECG', at: 16, bytes: 'SCPECG' },
  { looksLike: 'ISHNE Holter', at: 0, bytes: 'ISHNE1.0' },
  { looksLike: 'MATLAB v5', at: 0, bytes: 'MATLAB 5.0' },
  { looksLike: 'HDF5', at: 0, bytes: '\x89HDF' },
  { looksLike: 'a ZIP archive (or NPZ)', at: 0, bytes: 'PK\x03\x04' },
  { looksLike: 'gzip', at: 0, bytes: '\x1f\x8b' },
  { looksLike: 'PDF', at: 0, bytes: '%PDF' },
  { looksLike: 'a PNG image', at: 0, bytes: '\x89PNG' },
  { looksLike: 'a JPEG image', at: 0, bytes: '\xff\xd8\xff' },
];

const XML_ROOTS: readonly (readonly [string, RegExp])[] = [
  ['HL7 aECG (XML)', /<AnnotatedECG/],
  ['GE MUSE (XML)', /<RestingECG[\s>]/],
  ['Philips Sierra (XML)', /<restingecgdata/],
];

const RECORD_LINE = /^\S+ +\d+ +[\d.eE+]+(\/\S+)?( +\d+(?: +[\w:./-]+)*)?$/;
const SEGMENTED_RECORD = /^\S+\/\d+\s+\d+\s/;
const SIGNAL_LINE =
  /^\S*[A-Za-z~]\S*\s+(?:0|8|16|24|32|61|80|160|212|310|311|508|516|524)(?:x\d+)?(?::\d+)?(?:\+\d+)?(?:\s|$)/;
const TRIED_SIGNAL_LINES = 3;

/** The format that the first bytes (sniffLength of them, or the whole file) show. */
export function detectFormat(start: Uint8Array): Detected {
  if (isNpy(start)) return { format: 'npy' };
  const signature = SIGNATURES.find((entry) => hasSignature(start, entry));
  if (signature) return { format: 'unknown', looksLike: signature.looksLike };
  const wide = decodeUtf16(start)?.trimStart();
  if (wide !== undefined) {
    return {
      format: 'unknown',
      looksLike: wide.startsWith('<') ? nameXml(wide) : 'text in UTF-16',
    };
  }
  if (parseMat4Header(start)) return { format: 'mat4' };
  if (!isText(start)) return { format: 'unknown', looksLike: 'binary data' };
  return detectText(start);
}

function hasSignature(start: Uint8Array, { at, bytes }: Signature): boolean {
  for (let index = 0; index < bytes.length; index++) {
    if (start[at + index] !== bytes.charCodeAt(index)) return false;
  }
  return true;
}

/** The text behind a UTF-16 byte order mark; undefined where there is none. */
function decodeUtf16(start: Uint8Array): string | undefined {
  if (start[0] === 0xff && start[1] === 0xfe) return new TextDecoder('utf-16le').decode(start);
  if (start[0] === 0xfe && start[1] === 0xff) return new TextDecoder('utf-16be').decode(start);
  return undefined;
}

/** True where no control characters but white space occur. */
function isText(start: Uint8Array): boolean {
  return start.every((byte) => byte >= 32 || (byte >= 9 && byte <= 13));
}

function detectText(start: Uint8Array): Detected {
  const text = decodeTextStart(start);
  const begin = text.trimStart();
  if (begin.startsWith('<')) return { format: 'unknown', looksLike: nameXml(begin) };
  if (begin.startsWith('{')) return { format: 'unknown', looksLike: 'JSON' };
  if (looksLikeWfdbHeader(text)) return { format: 'wfdb' };
  return detectTable(start) ?? { format: 'unknown', looksLike: 'plain text' };
}

function nameXml(text: string): string {
  return XML_ROOTS.find(([, root]) => root.test(text))?.[0] ?? 'XML';
}

function looksLikeWfdbHeader(text: string): boolean {
  const lines = splitLines(text).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const [record, ...others] = lines.map((line) => line.trim());
  if (record === undefined) return false;
  if (RECORD_LINE.test(record) || SEGMENTED_RECORD.test(`${record} `)) return true;
  return others.slice(0, TRIED_SIGNAL_LINES).some((line) => SIGNAL_LINE.test(line));
}

function detectTable(start: Uint8Array): Detected | undefined {
  const head = parseCsvHead(start);
  if (head === undefined) return undefined;
  if (head.columns === undefined) {
    if (!startsWithNumbers(head)) return undefined;
    return { format: 'csv', sure: head.columnCount === STANDARD_LEADS.length };
  }
  const named = namesLeads(head);
  const numbers = startsWithNumbers(head);
  return named || numbers ? { format: 'csv', sure: named && numbers } : undefined;
}
