/**
 * HDF5: one recording of a file as CODE stores them, or the one matrix of a file.
 *
 * CODE's documentation (sources: hdf5-layout.ts) says 400 Hz, leads I, II, III, aVR, aVL, aVF, V1 to V6, float32
 * "at the scale 1e-4 V", zeros before and behind a recording that is shorter than 4096 samples. It goes on
 * "if the signal is in V it should be multiplied by 1000", which would be millivolts; the scale is what is
 * relied on here: published standard deviations of CODE-15 %, 1.5 to 2.7 a lead, are 0.15 to 0.27 mV by it.
 * A JSON beside the file (sidecar.ts) overrides rate, leads and unit.
 */
import { PqrError } from '../ecg/errors.js';
import { STANDARD_LEADS } from '../ecg/leads.js';
import { DEFAULT_LIMITS, type Limits } from '../ecg/limits.js';
import { type EcgRecord, type EcgWarning, makeRecord } from '../ecg/record.js';
import { millivoltsPerUnit } from '../ecg/units.js';
import { type ByteSource, type SourceFolder, shown } from './byte-source.js';
import { batchOf, type Hdf5Batch, rowOf } from './hdf5-batch.js';
import { type Hdf5Entry, readHdf5Part } from './hdf5-file.js';
import { layoutHdf5 } from './hdf5-layout.js';
import { valuesOf } from './hdf5-values.js';
import { clearInfinite } from './infinite.js';
import { leadNames, selectLeads } from './lead-names.js';
import { knownFields, nameRows } from './npy.js';
import type { ReadOptions } from './read-options.js';
import { readSidecar } from './sidecar.js';
import { checkSize } from './size.js';
import { warning } from './warnings.js';

const CODE_SAMPLING_RATE_HZ = 400;
/** 1e-4 V. */
const CODE_STEPS_PER_MILLIVOLT = 10;

/**
 * Reads the recording `name` of a file with several, or the only one.
 * @throws `file.missing` (no such recording), `request.invalid` (several, none named), `record.invalid` (zeros
 * only; no ECG), `format.*`, `limit.exceeded`, `file.*`
 */
export async function readHdf5(
  source: ByteSource,
  folder: SourceFolder,
  options: ReadOptions = {},
  name?: string,
): Promise<EcgRecord> {
  const { limits = DEFAULT_LIMITS } = options;
  const batch = await batchOf(source, limits, options.signal);
  if (batch !== undefined) return readTracing({ source, folder, batch, name }, options);
  if (name === undefined) return readMatrix(source, folder, options);
  const message = `${shown(source.name)} holds one recording only, none is called ${shown(name)}.`;
  throw new PqrError('file.missing', message, { hint: 'Name the file alone.' });
}

interface Tracing {
  readonly source: ByteSource;
  readonly folder: SourceFolder;
  readonly batch: Hdf5Batch;
  readonly name: string | undefined;
}

async function readTracing(
  { source, folder, batch, name }: Tracing,
  options: ReadOptions,
): Promise<EcgRecord> {
  const { limits = DEFAULT_LIMITS, signal } = options;
  const row = rowOf(batch, name, source.name);
  const { tracings } = batch.layout;
  const [, sampleCount, leadCount] = tracings.shape as [number, number, number];
  const sidecar = await readSidecar(source.name, folder, limits);
  const samplingRateHz = sidecar.samplingRateHz ?? CODE_SAMPLING_RATE_HZ;
  checkSize({ leadCount, sampleCount, samplingRateHz }, limits);
  const part = { entry: tracings, start: [row, 0, 0], count: [1, sampleCount, leadCount] };
  const values = valuesOf(await readHdf5Part(source, part, limits, signal), tracings);
  const { start, end } = withoutPadding(values, leadCount, source.name);
  const warnings: EcgWarning[] = [EXPERIMENTAL];
  const names = leadNames(sidecar.leads ?? STANDARD_LEADS, warnings);
  if (names.length !== leadCount) throw wrongNames(source, leadCount, names.length);
  const picks = selectLeads(names, options.leads);
  const steps = stepsPerMillivolt(sidecar.unit, source) ?? CODE_STEPS_PER_MILLIVOLT;
  const layout = { leadStride: 1, sampleStride: leadCount, start, end };
  const samples = toMillivolts(values, picks, layout, steps);
  clearInfinite(samples, warnings);
  const leads = picks.map((pick) => names[pick]!);
  const padded = start > 0 || end < sampleCount;
  const comments = padded
    ? [`Zero padding left out: ${start} samples before, ${sampleCount - end} behind`]
    : [];
  const fields = { leads, samplingRateHz, samples, warnings, comments, format: 'hdf5' };
  return makeRecord(fields, limits);
}

const EXPERIMENTAL = warning(
  'format.experimental',
  "CODE's layout is read as its documentation describes it (400 Hz, 1e-4 V); no file of CODE's own was compared.",
);

/** The samples between the zeros that all leads begin and end with. @throws `record.invalid` where all are 0 */
function withoutPadding(values: Float64Array, leadCount: number, file: string) {
  let first = 0;
  while (first < values.length && values[first] === 0) first++;
  if (first === values.length) {
    throw new PqrError('record.invalid', `${shown(file)}: this recording holds zeros only.`);
  }
  let last = values.length - 1;
  while (values[last] === 0) last--;
  return { start: Math.floor(first / leadCount), end: Math.floor(last / leadCount) + 1 };
}

interface Layout {
  readonly leadStride: number;
  readonly sampleStride: number;
  readonly start: number;
  readonly end: number;
}

function toMillivolts(
  values: Float64Array,
  picks: readonly number[],
  { leadStride, sampleStride, start, end }: Layout,
  stepsPerMillivolt: number,
): Float32Array {
  const samples = new Float32Array(picks.length * (end - start));
  let out = 0;
  for (const pick of picks) {
    for (let sample = start; sample < end; sample++) {
      const value = values[pick * leadStride + sample * sampleStride]!;
      samples[out++] = value / stepsPerMillivolt + 0; // never -0
    }
  }
  return samples;
}

/** Of a unit that is stated; undefined without one. @throws `format.header` where it is no voltage */
function stepsPerMillivolt(unit: string | undefined, source: ByteSource): number | undefined {
  if (unit === undefined) return undefined;
  const millivolts = millivoltsPerUnit(unit);
  if (millivolts !== undefined)
    return millivolts >= 1 ? 1 / millivolts : Math.round(1 / millivolts);
  const message = `${shown(source.name)} is in ${shown(unit)}, which is no voltage.`;
  throw new PqrError('format.header', message, { hint: 'Write mV or uV into its JSON.' });
}

function wrongNames(source: ByteSource, leadCount: number, nameCount: number): PqrError {
  const message = `${shown(source.name)} has ${leadCount} leads, but ${nameCount} lead names were given.`;
  return new PqrError('format.inconsistent', message);
}

/** The one matrix of a file, `[samples x leads]` or `[leads x samples]`, the smaller side being the leads. */
async function readMatrix(
  source: ByteSource,
  folder: SourceFolder,
  options: ReadOptions,
): Promise<EcgRecord> {
  const { limits = DEFAULT_LIMITS, signal } = options;
  const layout = await layoutHdf5(source, limits, signal);
  if (layout.kind !== 'matrix') throw new PqrError('format.inconsistent', 'The file changed.');
  const { matrix } = layout;
  const sidecar = await readSidecar(source.name, folder, limits);
  const samplingRateHz = sidecar.samplingRateHz ?? options.samplingRateHz;
  const steps = stepsPerMillivolt(sidecar.unit ?? options.unit, source);
  if (samplingRateHz === undefined || steps === undefined) throw notSaid(source);
  const values = await readWholeMatrix(source, matrix, { samplingRateHz, limits, signal });
  const warnings: EcgWarning[] = [];
  const [first, second] = matrix.shape as [number, number];
  const [leadCount, end] = first <= second ? [first, second] : [second, first];
  const { names, rows } = nameRows(leadCount, sidecar, options, source.name, warnings);
  const strides =
    first <= second
      ? { leadStride: second, sampleStride: 1 }
      : { leadStride: 1, sampleStride: second };
  const samples = toMillivolts(values, rows, { ...strides, start: 0, end }, steps);
  clearInfinite(samples, warnings);
  const fields = { ...knownFields(sidecar, rows), leads: names, samplingRateHz, samples, warnings };
  return makeRecord({ ...fields, format: 'hdf5' }, limits);
}

interface MatrixReading {
  readonly samplingRateHz: number;
  readonly limits: Limits;
  readonly signal: AbortSignal | undefined;
}

async function readWholeMatrix(
  source: ByteSource,
  entry: Hdf5Entry,
  { samplingRateHz, limits, signal }: MatrixReading,
): Promise<Float64Array> {
  const [few, many] = [...entry.shape].sort((a, b) => a - b) as [number, number];
  checkSize({ leadCount: few, sampleCount: many, samplingRateHz }, limits);
  const part = { entry, start: [0, 0], count: entry.shape };
  return valuesOf(await readHdf5Part(source, part, limits, signal), entry);
}

function notSaid(source: ByteSource): PqrError {
  return new PqrError(
    'format.header',
    `${shown(source.name)} doesn't say its sampling rate or its unit.`,
    {
      hint: 'Give them with --sampling-rate and --unit, or write {"samplingRateHz": 500, "unit": "mV"} beside it as JSON.',
    },
  );
}
