/**
 * Which format a file is in, by its first bytes and never by its name.
 *
 * MAT v4 is a WFDB signal file and needs its header. What else the bytes look like is named, so that the
 * message can say it.
 */

import { STANDARD_LEADS } from '../ecg/leads.js';
import { archiveKind } from './archive.js';
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

/** The formats whose recordings are files of their own. */
export const SINGLE_FORMATS = [
  ...([
    'dicom',
    'edf',
    'scp',
    'ishne',
    'mat',
    'aecg',
    'muse',
    'philips',
    'fhir',
    'hdf5',
    'archive',
  ] as const),
] as const;
export type SingleFormat = (typeof SINGLE_FORMATS)[number];

export type Detected =
  | { readonly format: 'wfdb' | 'npy' | 'mat4' | SingleFormat }
  /** `sure`: the columns are leads by name, or twelve without names. */
  | { readonly format: 'csv'; readonly sure: boolean }
  | { readonly format: 'unknown'; readonly looksLike: string };

interface Signature {
  /** The format that it is; or what it looks like, where it is not read. */
  readonly is: { readonly format: SingleFormat } | { readonly looksLike: string };
  readonly at: number;
  readonly bytes: string;
}

const format = (of: SingleFormat) => ({ format: of });
const unread = (looksLike: string) => ({ looksLike });

const SIGNATURES: readonly Signature[] = [
  { is: format('dicom'), at: 128, bytes: 'DICM' },
  { is: format('edf'), at: 0, bytes: '0       ' },
  { is: format('scp'), at: 16, bytes: 'SCPECG' },
  { is: format('ishne'), at: 0, bytes: 'ISHNE1.0' },
  { is: format('mat'), at: 0, bytes: 'MATLAB 5.0' },
  { is: unread('BDF'), at: 0, bytes: '\xffBIOSEMI' },
  { is: unread('MATLAB 7.3 (HDF5)'), at: 0, bytes: 'MATLAB 7.3' },
  { is: format('hdf5'), at: 0, bytes: '\x89HDF\r\n\x1a\n' },
  { is: unread('ISHNE annotations'), at: 0, bytes: 'ANN  1.0' },
  { is: unread('PDF'), at: 0, bytes: '%PDF' },
  { is: unread('a PNG image'), at: 0, bytes: '\x89PNG' },
  { is: unread('a JPEG image'), at: 0, bytes: '\xff\xd8\xff' },
];

const XML_ROOTS: readonly (readonly [SingleFormat, RegExp])[] = [
  ['aecg', /<(?:\w+:)?AnnotatedECG[\s>]/],
  ['muse', /<RestingECG[\s>]/],
  ['philips', /<restingecgdata[\s>]/],
];
const FHIR = /"resourceType"\s*:\s*"(?:Observation|Bundle)"/;

const RECORD_LINE = /^\S+ +\d+ +[\d.eE+]+(\/\S+)?( +\d+(?: +[\w:./-]+)*)?$/;
const SEGMENTED_RECORD = /^\S+\/\d+\s+\d+\s/;
const SIGNAL_LINE =
  /^\S*[A-Za-z~]\S*\s+(?:0|8|16|24|32|61|80|160|212|310|311|508|516|524)(?:x\d+)?(?::\d+)?(?:\+\d+)?(?:\s|$)/;
const TRIED_SIGNAL_LINES = 3;

/** The format that the first bytes (sniffLength of them, or the whole file) show. */
export function detectFormat(start: Uint8Array): Detected {
  if (isNpy(start)) return { format: 'npy' };
  const signature = SIGNATURES.find((entry) => hasSignature(start, entry));
  if (signature) return 'format' in signature.is ? signature.is : unknown(signature.is.looksLike);
  if (archiveKind(start) !== undefined) return { format: 'archive' };
  const wide = decodeUtf16(start)?.trimStart();
  if (wide !== undefined) return wide.startsWith('<') ? detectXml(wide) : unknown('text in UTF-16');
  if (parseMat4Header(start)) return { format: 'mat4' };
  if (!isText(start)) return unknown('binary data');
  return detectText(start);
}

const unknown = (looksLike: string): Detected => ({ format: 'unknown', looksLike });

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
  for (let index = 0; index < start.length; index++) {
    const byte = start[index]!;
    if (byte < 32 && (byte < 9 || byte > 13)) return false;
  }
  return true;
}

function detectText(start: Uint8Array): Detected {
  const text = decodeTextStart(start);
  const begin = text.trimStart();
  if (begin.startsWith('<')) return detectXml(begin);
  if (begin.startsWith('{')) return FHIR.test(begin) ? { format: 'fhir' } : unknown('JSON');
  if (looksLikeWfdbHeader(text)) return { format: 'wfdb' };
  return detectTable(start) ?? unknown('plain text');
}

function detectXml(text: string): Detected {
  const found = XML_ROOTS.find(([, root]) => root.test(text));
  return found ? { format: found[0] } : unknown('XML');
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
