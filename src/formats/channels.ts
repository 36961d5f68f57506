/**
 * From the channels of a file to a record: the last step that the readers of all formats but WFDB, CSV and
 * NPY share. Channels are ADC values with their own scale; the record is millivolts.
 */
import { PqrError } from '../ecg/errors.js';
import { checkLimit, DEFAULT_LIMITS, type Limits } from '../ecg/limits.js';
import { type EcgRecord, type EcgWarning, makeRecord } from '../ecg/record.js';
import { type ByteSource, shown } from './byte-source.js';
import type { RecordFacts } from './facts.js';
import { clearInfinite } from './infinite.js';
import { leadNames, selectLeads } from './lead-names.js';
import type { ReadOptions } from './read-options.js';
import { checkSize } from './size.js';
import { warning } from './warnings.js';

export interface Channel {
  readonly name: string;
  readonly values: Int16Array | Int32Array | Float64Array;
  /** ADC steps a millivolt; negative for an inverted channel, never 0. */
  readonly adcPerMillivolt: number;
  /** The ADC value of 0 mV; 0 where left out. */
  readonly baseline?: number;
  /** The ADC value that means "no sample". */
  readonly missingCode?: number | undefined;
}

export interface ChannelRecording extends RecordFacts {
  readonly format: string;
  readonly file: string;
  readonly samplingRateHz: number;
  readonly channels: readonly Channel[];
  readonly warnings: EcgWarning[];
}

const MAX_COMMENT_COUNT = 1000;
/** Beyond these a sample would overflow or vanish in float32. */
const MIN_STEPS = 1e-9;
const MAX_STEPS = 1e15;

/** The whole file, within the limit on files. @throws `format.empty`, `limit.exceeded`, `file.*` */
export async function readWhole(source: ByteSource, options: ReadOptions): Promise<Uint8Array> {
  checkLimit('fileBytes', source.byteLength, shown(source.name), options.limits);
  const bytes = await source.slice(0, source.byteLength);
  if (bytes.length > 0) return bytes;
  throw new PqrError('format.empty', `${shown(source.name)} is empty (0 bytes).`);
}

/**
 * Makes the record: our lead names, the leads asked for, millivolts.
 * @throws `record.invalid` (no channel, no such lead), `format.inconsistent` (unequal lengths),
 * `format.header` (impossible scale), `limit.exceeded`
 */
export function makeChannelRecord(recording: ChannelRecording, options: ReadOptions): EcgRecord {
  const { limits = DEFAULT_LIMITS } = options;
  const { channels, file, format, samplingRateHz, warnings } = recording;
  if (channels.length === 0) {
    throw new PqrError('record.invalid', `${shown(file)} has no ECG channel.`);
  }
  const sampleCount = channels[0]!.values.length;
  for (const channel of channels) checkChannel(channel, sampleCount, file);
  if (recording.identity) options.deidentify?.note(recording.identity);
  const names = leadNames(
    channels.map((channel) => channel.name),
    warnings,
  );
  const picks = selectLeads(names, options.leads);
  checkSize({ leadCount: picks.length, sampleCount, samplingRateHz }, limits);
  const samples = new Float32Array(picks.length * sampleCount);
  for (const [row, pick] of picks.entries()) {
    writeMillivolts(channels[pick]!, samples, row * sampleCount);
  }
  clearInfinite(samples, warnings);
  const steps = picks.map((pick) => Math.abs(channels[pick]!.adcPerMillivolt));
  const integers = picks.every((pick) => !(channels[pick]!.values instanceof Float64Array));
  return makeRecord(
    {
      ...{ format, samplingRateHz, samples, warnings },
      leads: picks.map((pick) => names[pick]!),
      ...factsOf(recording, limits),
      ...(integers && { adcPerMillivolt: steps }),
    },
    limits,
  );
}

function checkChannel(channel: Channel, sampleCount: number, file: string): void {
  const { name, values, adcPerMillivolt } = channel;
  if (values.length !== sampleCount) {
    throw new PqrError(
      'format.inconsistent',
      `${shown(file)}: ${shown(name)} has ${values.length} samples, the first lead ${sampleCount}.`,
    );
  }
  const size = Math.abs(adcPerMillivolt);
  if (size >= MIN_STEPS && size <= MAX_STEPS) return;
  throw new PqrError(
    'format.header',
    `${shown(file)}: ${shown(name)} has ${adcPerMillivolt} steps a millivolt; a finite number that is not 0 is needed.`,
  );
}

function writeMillivolts(channel: Channel, target: Float32Array, offset: number): void {
  const { values, adcPerMillivolt, baseline = 0, missingCode } = channel;
  const missing = missingCode ?? Number.NaN;
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    target[offset + index] =
      value === missing ? Number.NaN : (value - baseline) / adcPerMillivolt + 0; // never -0
  }
}

function factsOf(recording: ChannelRecording, limits: Limits) {
  const { patient, recordedAt, report, codes = [], comments = [], file, warnings } = recording;
  const bytes = report === undefined ? 0 : Buffer.byteLength(report);
  const tooLong = bytes > limits.reportBytes;
  if (tooLong) {
    const message = `The report in ${shown(file)} has ${bytes} bytes, at most ${limits.reportBytes} are read; it was left out.`;
    warnings.push(warning('format.report-dropped', message));
  }
  return {
    patient,
    codes,
    comments: comments.slice(0, MAX_COMMENT_COUNT),
    ...(recordedAt !== undefined && { recordedAt }),
    ...(report !== undefined && report !== '' && !tooLong && { report }),
  };
}
