/**
 * WFDB header files (`.hea`): the record line, signal or segment lines, comments.
 *
 * Source: PhysioNet's WFDB manual, header(5). Defaults are that page's: 250 Hz, 200 ADC steps a
 * millivolt where the gain is missing or 0, the baseline at the ADC zero. Lines that say something
 * impossible are errors; it doesn't look at signal files (wfdb-group.ts).
 */
import { checkLimit, DEFAULT_LIMITS, type Limits } from '../ecg/limits.js';
import { shown } from './byte-source.js';
import { parseCount, parseDecimal, splitLines } from './text.js';
import { fail, parseRecordLine } from './wfdb-record-line.js';

const DEFAULT_ADC_GAIN = 200;
const DEFAULT_UNITS = 'mV';
/** Beyond these a sample would overflow or vanish in float32: the header is damaged. */
const MIN_ADC_GAIN = 1e-9;
const MAX_ADC_GAIN = 1e15;
const MAX_BASELINE = 2 ** 31;

export interface WfdbSignal {
  readonly fileName: string;
  /** Storage format: 16, 212, ... */
  readonly format: number;
  readonly samplesPerFrame: number;
  readonly skewFrames: number;
  readonly byteOffset: number;
  /** ADC steps in one physical unit; negative for an inverted signal, never 0. */
  readonly adcGain: number;
  /** The ADC value of 0 physical units. */
  readonly baseline: number;
  readonly units: string;
  readonly adcResolutionBits?: number;
  readonly adcZero: number;
  readonly initialValue?: number;
  /** Sum of all samples, 16 bits; undefined where the header has none. */
  readonly checksum?: number;
  readonly blockBytes?: number;
  readonly description: string;
}

export interface WfdbSegment {
  /** Record name of the segment; `~` is a gap. */
  readonly name: string;
  readonly sampleCount: number;
}

export interface WfdbHeader {
  readonly recordName: string;
  /** Frames a second. */
  readonly samplingRateHz: number;
  readonly counterRateHz?: number;
  readonly counterBase?: number;
  /** Samples a signal (frames); undefined where the header leaves it to the file size. */
  readonly sampleCount?: number;
  /** ISO 8601 without zone, where the header has a date. */
  readonly recordedAt?: string;
  readonly signalCount: number;
  readonly signals: readonly WfdbSignal[];
  /** Only in the header of a multi-segment record. */
  readonly segments?: readonly WfdbSegment[];
  /** Comment lines without `#`, trimmed, in order. */
  readonly comments: readonly string[];
}

/**
 * Reads a header's text. `file` is its name, for messages.
 * @throws `format.header`, `format.inconsistent` (other number of lines than announced), `limit.exceeded`
 */
export function parseWfdbHeader(
  text: string,
  file: string,
  limits: Limits = DEFAULT_LIMITS,
): WfdbHeader {
  const comments: string[] = [];
  const lines: string[] = [];
  for (const raw of splitLines(text)) {
    const line = raw.trim();
    if (line.startsWith('#')) comments.push(line.slice(1).trim());
    else if (line !== '') lines.push(line);
  }
  const [recordLine, ...others] = lines;
  if (recordLine === undefined) fail(file, 'the header has no record line.');
  const record = parseRecordLine(recordLine, file, comments);
  const { segmentCount, ...rest } = record;
  checkLimit('signalCount', record.signalCount, shown(file), limits);
  if (segmentCount === undefined) {
    checkLineCount({ file, what: 'signal', announced: record.signalCount, got: others.length });
    const signals = others.map((line, index) => parseSignalLine(line, index, file));
    return { ...rest, signals, comments };
  }
  checkLimit('segmentCount', segmentCount, shown(file), limits);
  checkLineCount({ file, what: 'segment', announced: segmentCount, got: others.length });
  const segments = others.map((line) => parseSegmentLine(line, file));
  return { ...rest, signals: [], segments, comments };
}

interface LineCount {
  readonly file: string;
  readonly what: 'signal' | 'segment';
  readonly announced: number;
  readonly got: number;
}

function checkLineCount({ file, what, announced, got }: LineCount): void {
  if (announced === got) return;
  fail(
    file,
    `the header announces ${announced} ${what}s but has ${got} ${what} lines.`,
    'format.inconsistent',
  );
}

function parseSegmentLine(line: string, file: string): WfdbSegment {
  const [name, countField] = line.split(/\s+/);
  const sampleCount = parseCount(countField ?? '');
  if (sampleCount === undefined) {
    fail(file, `segment ${shown(name!)} has no sample count (got ${shown(countField ?? '')}).`);
  }
  return { name: name!, sampleCount };
}

/** The first eight fields of a signal line, then the description as it is written. */
const SIGNAL_LINE =
  /^(\S+)\s+(\S+)(?:\s+(\S+))?(?:\s+(\S+))?(?:\s+(\S+))?(?:\s+(\S+))?(?:\s+(\S+))?(?:\s+(\S+))?(?:\s+(.*))?$/;

function parseSignalLine(line: string, index: number, file: string): WfdbSignal {
  const fields = SIGNAL_LINE.exec(line);
  const where = `signal ${index + 1}`;
  if (!fields) fail(file, `${where} has no format: ${shown(line)}.`);
  const [, fileName, format, gain, bits, zero, initial, checksum, block, description] = fields;
  const adcZero = parseDecimal(zero ?? '') ?? 0;
  return {
    fileName: fileName!,
    ...parseFormat(format!, where, file),
    ...parseGain(gain, adcZero, `${where}${description ? ` (${shown(description)})` : ''}`, file),
    adcZero,
    description: description?.trim() ?? '',
    ...optional('adcResolutionBits', bits),
    ...optional('initialValue', initial),
    ...optional('checksum', checksum),
    ...optional('blockBytes', block),
  };
}

/** A field that is left out where it is missing or no whole number (`nan` stands in some headers). */
function optional<K extends string>(key: K, text: string | undefined): Partial<Record<K, number>> {
  const value = parseDecimal(text ?? '');
  return Number.isInteger(value) ? ({ [key]: value } as Record<K, number>) : {};
}

/** `16`, `16x4`, `212:3`, `16+24`, `16x1+24`. */
function parseFormat(
  field: string,
  where: string,
  file: string,
): Pick<WfdbSignal, 'format' | 'samplesPerFrame' | 'skewFrames' | 'byteOffset'> {
  const match = /^(\d{1,4})(?:x(\d{1,5}))?(?::(\d{1,9}))?(?:\+(\d{1,12}))?$/.exec(field);
  if (!match) fail(file, `${where} has the format ${shown(field)}, which is none.`);
  const samplesPerFrame = match[2] === undefined ? 1 : Number(match[2]);
  if (samplesPerFrame === 0) fail(file, `${where} has 0 samples a frame.`);
  return {
    format: Number(match[1]),
    samplesPerFrame,
    skewFrames: Number(match[3] ?? 0),
    byteOffset: Number(match[4] ?? 0),
  };
}

/** `200`, `200/mV`, `200(1024)/mV`, `200(1024)`. */
function parseGain(
  field: string | undefined,
  adcZero: number,
  where: string,
  file: string,
): Pick<WfdbSignal, 'adcGain' | 'baseline' | 'units'> {
  if (field === undefined) {
    return { adcGain: DEFAULT_ADC_GAIN, baseline: adcZero, units: DEFAULT_UNITS };
  }
  const match = /^([^(/]+)(?:\(([^)]*)\))?(?:\/(.+))?$/.exec(field);
  const gain = parseDecimal(match?.[1] ?? '');
  const size = Math.abs(gain ?? Number.NaN);
  if (gain === undefined || size > MAX_ADC_GAIN || (size !== 0 && size < MIN_ADC_GAIN)) {
    fail(file, `${where} has the gain ${shown(field)}; a finite number of ADC steps is needed.`);
  }
  const baseline = match![2] === undefined ? adcZero : parseDecimal(match![2]);
  if (baseline === undefined || Math.abs(baseline) > MAX_BASELINE) {
    fail(
      file,
      `${where} has the baseline ${shown(match![2] ?? `${adcZero}`)}; an ADC value is needed.`,
    );
  }
  const units = match![3] ?? DEFAULT_UNITS;
  return { adcGain: gain === 0 ? DEFAULT_ADC_GAIN : gain, baseline, units };
}
