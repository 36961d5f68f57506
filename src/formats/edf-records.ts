/**
 * The data records of an EDF file: how many there are, what is noted in them, and where they lie in time.
 *
 * Source: Kemp and Olivan 2003 (EDF+), sections 2.1.1 and 2.2.
 */
import { PqrError } from '../ecg/errors.js';
import { checkLimit, type Limits } from '../ecg/limits.js';
import type { EcgWarning } from '../ecg/record.js';
import { type ByteSource, shown } from './byte-source.js';
import { type EdfAnnotation, parseEdfNotes } from './edf-annotations.js';
import { EDF_ANNOTATIONS, type EdfHeader } from './edf-header.js';
import { warning } from './warnings.js';

/** How many whole data records there are. @throws `format.truncated` */
export function countRecords(
  header: EdfHeader,
  source: ByteSource,
  warnings: EcgWarning[],
): number {
  const { headerBytes, recordBytes, recordCount } = header;
  const available = Math.floor((source.byteLength - headerBytes) / recordBytes);
  const wanted = recordCount === -1 ? available : recordCount;
  const needed = headerBytes + Math.max(1, wanted) * recordBytes;
  if (source.byteLength < needed) {
    throw new PqrError(
      'format.truncated',
      `${shown(source.name)} has ${source.byteLength} bytes, its ${wanted} data records need ${needed}.`,
      { hint: 'Copy the file again.' },
    );
  }
  if (source.byteLength > needed) {
    const message = `${shown(source.name)} has ${source.byteLength} bytes, its header needs ${needed}; the rest was not read.`;
    warnings.push(warning('format.longer', message));
  }
  return wanted;
}

interface Notes {
  /** Seconds at which each data record starts, where the file says so. */
  readonly starts: readonly (number | undefined)[];
  readonly annotations: readonly EdfAnnotation[];
}

export function readNotes(header: EdfHeader, bytes: Uint8Array, recordCount: number): Notes {
  const signals = header.signals.filter(({ label }) => label === EDF_ANNOTATIONS);
  if (!header.plus || signals.length === 0) return { starts: [], annotations: [] };
  const annotations: EdfAnnotation[] = [];
  const starts = Array.from({ length: recordCount }, (_, record) => {
    const parsed = signals.map(({ recordOffset, samplesPerRecord }) => {
      const start = record * header.recordBytes + recordOffset;
      return parseEdfNotes(bytes.subarray(start, start + 2 * samplesPerRecord));
    });
    for (const notes of parsed) annotations.push(...notes.annotations);
    return parsed[0]!.recordSeconds;
  });
  return { starts, annotations };
}

interface Placing {
  readonly recordCount: number;
  readonly limits: Limits;
  readonly file: string;
}

/** The data record that fills each span of one record's length; -1 is a gap. @throws `format.*` */
export function placeRecords(
  header: EdfHeader,
  starts: readonly (number | undefined)[],
  { recordCount, file, limits }: Placing,
  warnings: EcgWarning[],
): number[] {
  if (!header.discontinuous || starts.length === 0) {
    return Array.from({ length: recordCount }, (_, record) => record);
  }
  const first = starts[0] ?? 0;
  const layout: number[] = [];
  for (const [record, start] of starts.entries()) {
    const position = ((start ?? Number.NaN) - first) / header.recordSeconds;
    const place = Math.round(position);
    if (!(Math.abs(position - place) < 0.01) || place < layout.length) {
      throw new PqrError(
        'format.unsupported',
        `${shown(file)}: data record ${record + 1} starts at ${start} s; gaps of EDF+D are read where they are whole data records (${header.recordSeconds} s).`,
      );
    }
    checkLimit('durationSeconds', place * header.recordSeconds, shown(file), limits);
    while (layout.length < place) layout.push(-1);
    layout.push(record);
  }
  if (layout.includes(-1)) {
    const seconds = (layout.length - recordCount) * header.recordSeconds;
    warnings.push(warning('format.gap', `${shown(file)} has gaps of ${seconds} s together.`));
  }
  return layout;
}
