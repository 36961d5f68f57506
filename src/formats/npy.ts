/**
 * ECGs as NumPy arrays: `[leads x samples]` or `[samples x leads]`, the smaller side being the leads.
 *
 * Rate, lead names and unit come from the JSON beside the file (sidecar.ts), else from the caller; twelve
 * rows without names are the standard leads, with a warning, others `ch1`, `ch2`, ... It reads one array
 * with one recording: no `.npz`, no batch.
 */
import { PqrError } from '../ecg/errors.js';
import { STANDARD_LEADS } from '../ecg/leads.js';
import { DEFAULT_LIMITS, type Limits } from '../ecg/limits.js';
import { type EcgRecord, type EcgWarning, makeRecord } from '../ecg/record.js';
import { millivoltsPerUnit } from '../ecg/units.js';
import { type ByteSource, type SourceFolder, shown } from './byte-source.js';
import { clearInfinite } from './infinite.js';
import { leadNames, selectLeads } from './lead-names.js';
import { bytesPerValue, type NpyHeader, type NpyType, parseNpyHeader } from './npy-header.js';
import type { ReadOptions } from './read-options.js';
import { readSidecar, type Sidecar } from './sidecar.js';
import { checkSize } from './size.js';
import { warning } from './warnings.js';

/** How an array's values lie: value (lead, sample) is at lead * leadStride + sample * sampleStride. */
export interface NpyLayout {
  readonly leadCount: number;
  readonly sampleCount: number;
  readonly leadStride: number;
  readonly sampleStride: number;
}

/**
 * Which side of the array is the leads; sides of length 1 around a matrix are ignored.
 * @throws `format.inconsistent` where it is no matrix or has an empty side
 */
export function layoutArray(header: NpyHeader, file: string): NpyLayout {
  const { shape, fortranOrder } = header;
  const sides = shape.length > 2 ? shape.filter((side) => side !== 1) : shape;
  if (sides.length === 0 || sides.length > 2 || sides.includes(0)) {
    throw new PqrError(
      'format.inconsistent',
      `${shown(file)} has the shape (${shape.join(', ')}); one recording as [leads, samples] is needed.`,
    );
  }
  const [first, second] = sides.length === 1 ? [1, sides[0]!] : (sides as [number, number]);
  const firstStride = fortranOrder ? 1 : second;
  const secondStride = fortranOrder ? first : 1;
  return first <= second
    ? { leadCount: first, sampleCount: second, leadStride: firstStride, sampleStride: secondStride }
    : {
        leadCount: second,
        sampleCount: first,
        leadStride: secondStride,
        sampleStride: firstStride,
      };
}

/** True where the first bytes of an array file tell of a matrix with few enough rows to be leads. */
export function npyShapeIsEcg(start: Uint8Array, file: string, limits: Limits): boolean {
  try {
    const { leadCount, sampleCount } = layoutArray(parseNpyHeader(start, file), file);
    return leadCount <= limits.leadCount && sampleCount > leadCount;
  } catch (error) {
    if (PqrError.isInstance(error)) return true; // reading it will say what is wrong
    throw error;
  }
}

type ReadValue = (view: DataView, at: number, littleEndian: boolean) => number;

const READERS: Readonly<Record<NpyType, ReadValue>> = {
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
  i1: (view, at) => view.getInt8(at),
  i2: (view, at, little) => view.getInt16(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  i8: (view, at, little) => Number(view.getBigInt64(at, little)),
  u1: (view, at) => view.getUint8(at),
  u2: (view, at, little) => view.getUint16(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
};

/**
 * Reads an array file.
 * @throws `format.header` (no rate; bad header), `format.truncated`, `format.unsupported`,
 * `format.inconsistent`, `limit.exceeded`, `record.invalid`, `file.*`
 */
export async function readNpy(
  source: ByteSource,
  folder: SourceFolder,
  options: ReadOptions = {},
): Promise<EcgRecord> {
  const limits = options.limits ?? DEFAULT_LIMITS;
  const bytes = await source.slice(0, source.byteLength);
  const header = parseNpyHeader(bytes, source.name);
  const layout = layoutArray(header, source.name);
  const warnings: EcgWarning[] = [];
  const sidecar = await readSidecar(source.name, folder, limits);
  const samplingRateHz = sidecar.samplingRateHz ?? options.samplingRateHz;
  if (samplingRateHz === undefined) {
    throw new PqrError('format.header', `${shown(source.name)} doesn't say its sampling rate.`, {
      hint: `Give it with --sampling-rate, or write {"samplingRateHz": 500} beside it as JSON.`,
    });
  }
  checkLength(bytes, header, source.name, warnings);
  checkSize({ ...layout, samplingRateHz }, limits);
  const { names, rows } = nameRows(layout.leadCount, sidecar, options, source.name, warnings);
  const unit = sidecar.unit ?? options.unit ?? 'mV';
  const millivolts = millivoltsPerUnit(unit);
  if (millivolts === undefined) {
    const message = `${shown(source.name)} is in ${shown(unit)}, which is no voltage.`;
    throw new PqrError('format.header', message, { hint: 'Write mV or uV into its JSON.' });
  }
  const samples = readValues(bytes, header, layout, rows, millivolts);
  clearInfinite(samples, warnings);
  const fields = { ...knownFields(sidecar, rows), leads: names, samplingRateHz, samples, warnings };
  return makeRecord({ ...fields, format: 'npy' }, limits);
}

function checkLength(
  bytes: Uint8Array,
  header: NpyHeader,
  file: string,
  warnings: EcgWarning[],
): void {
  const count = header.shape.reduce((product, side) => product * side, 1);
  const needed = header.dataStart + count * bytesPerValue(header.type);
  if (bytes.length < needed) {
    throw new PqrError(
      'format.truncated',
      `${shown(file)} has ${bytes.length} bytes, but its shape (${header.shape.join(', ')}) needs ${needed}.`,
      { hint: 'Copy the file again.', details: { gotBytes: bytes.length, neededBytes: needed } },
    );
  }
  if (bytes.length === needed) return;
  const message = `${shown(file)} has ${bytes.length} bytes, its header needs ${needed}; the rest was not read.`;
  warnings.push(warning('format.longer', message));
}

/** The leads' names and the rows of the array that they are, in the wanted order. */
export function nameRows(
  leadCount: number,
  sidecar: Sidecar,
  options: ReadOptions,
  file: string,
  warnings: EcgWarning[],
): { names: string[]; rows: number[] } {
  const given = sidecar.leads ?? options.leads;
  if (given !== undefined && given.length !== leadCount) {
    throw new PqrError(
      'format.inconsistent',
      `${shown(file)} has ${leadCount} leads, but ${given.length} lead names were given.`,
    );
  }
  const standard = leadCount === STANDARD_LEADS.length;
  const assumed = standard ? STANDARD_LEADS : Array.from({ length: leadCount }, () => '');
  if (given === undefined && standard) {
    const message = `The array names no leads; its 12 were taken for ${STANDARD_LEADS.join(', ')}.`;
    warnings.push(warning('format.leads-assumed', message));
  }
  const all = leadNames(given ?? assumed, warnings);
  const rows = selectLeads(all, sidecar.leads === undefined ? undefined : options.leads);
  return { names: rows.map((row) => all[row]!), rows };
}

function readValues(
  bytes: Uint8Array,
  header: NpyHeader,
  layout: NpyLayout,
  rows: readonly number[],
  millivolts: number,
): Float32Array {
  const { sampleCount, leadStride, sampleStride } = layout;
  const { dataStart, littleEndian, type } = header;
  const valueBytes = bytesPerValue(type);
  const read = READERS[type];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const divisor = millivolts >= 1 ? 1 / millivolts : Math.round(1 / millivolts);
  const samples = new Float32Array(rows.length * sampleCount);
  let out = 0;
  for (const row of rows) {
    const start = dataStart + row * leadStride * valueBytes;
    const step = sampleStride * valueBytes;
    for (let sample = 0; sample < sampleCount; sample++) {
      samples[out++] = read(view, start + sample * step, littleEndian) / divisor + 0; // never -0
    }
  }
  return samples;
}

/** The fields that a sidecar states, as a record has them. */
export function knownFields(sidecar: Sidecar, rows: readonly number[]) {
  const { patient = {}, recordedAt, codes = [], report, comments = [], adcPerMillivolt } = sidecar;
  const { id, ageYears, sex } = patient;
  const steps = rows.map((row) => adcPerMillivolt?.[row]);
  return {
    patient: {
      ...(id !== undefined && { id }),
      ...(ageYears !== undefined && { ageYears }),
      ...(sex !== undefined && { sex }),
    },
    codes,
    comments,
    ...(recordedAt !== undefined && { recordedAt }),
    ...(report !== undefined && { report }),
    ...(steps.every((step) => step !== undefined) && { adcPerMillivolt: steps as number[] }),
  };
}
