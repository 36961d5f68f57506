/**
 * Multi-segment WFDB records: segments one after the other become one ECG record.
 *
 * Source: PhysioNet's WFDB manual, header(5). Fixed layout: every segment has the same signals. Variable
 * layout: the first segment is a layout header of 0 samples that names all signals; a segment may lack
 * some, which are then NaN. `~` is a gap, NaN in all leads. A segment is never itself multi-segment.
 */
import { PqrError, throwIfAborted } from '../ecg/errors.js';
import { DEFAULT_LIMITS } from '../ecg/limits.js';
import { type EcgRecord, type EcgWarning, makeRecord } from '../ecg/record.js';
import { type SourceFolder, shown } from './byte-source.js';
import type { ReadOptions } from './read-options.js';
import { checkSize } from './size.js';
import { decodeSignals } from './wfdb-decode.js';
import { openSignals, type PickedSignal } from './wfdb-group.js';
import type { WfdbHeader, WfdbSegment, WfdbSignal } from './wfdb-header.js';
import {
  headerFields,
  loadHeader,
  planSignals,
  type SignalPlan,
  signedAdcPerMillivolt,
} from './wfdb-plan.js';

export const GAP = '~';

function inconsistent(file: string, message: string): PqrError {
  return new PqrError('format.inconsistent', `${shown(file)}: ${message}`);
}

/** What all segments of a record share. */
interface SegmentedRecord {
  readonly header: WfdbHeader;
  readonly folder: SourceFolder;
  readonly options: ReadOptions;
  readonly layout: readonly WfdbSignal[];
  readonly variable: boolean;
  readonly plan: SignalPlan;
  readonly samples: Float32Array;
  readonly rowLength: number;
  readonly warnings: EcgWarning[];
  /** ADC steps a millivolt by row; NaN once two segments differ. */
  readonly adcPerMillivolt: (number | undefined)[];
}

/** Reads a record whose header lists segments. @throws as readWfdb */
export async function readSegments(
  header: WfdbHeader,
  file: string,
  folder: SourceFolder,
  options: ReadOptions,
): Promise<EcgRecord> {
  const limits = options.limits ?? DEFAULT_LIMITS;
  const segments = header.segments!;
  const frameCount = countFrames(header, file);
  const variable = segments[0]!.sampleCount === 0;
  const layout = (await loadLayout(segments, file, folder, options)).signals;
  const warnings: EcgWarning[] = [];
  const plan = planSignals(layout.map(asPresent), options.leads, warnings);
  const { picks, samplesPerFrame } = plan;
  const samplingRateHz = header.samplingRateHz * samplesPerFrame;
  const rowLength = frameCount * samplesPerFrame;
  checkSize({ leadCount: picks.length, sampleCount: rowLength, samplingRateHz }, limits);
  const samples = new Float32Array(picks.length * rowLength).fill(Number.NaN);
  const adcPerMillivolt = picks.map(() => undefined);
  const record: SegmentedRecord = {
    ...{ header, folder, options, layout, variable, plan },
    ...{ samples, rowLength, warnings, adcPerMillivolt },
  };
  let startFrame = 0;
  for (const segment of segments) {
    throwIfAborted(options.signal);
    const empty = segment.name === GAP || segment.sampleCount === 0;
    if (!empty) await readSegment(segment, startFrame, record);
    startFrame += segment.sampleCount;
  }
  const steps = record.adcPerMillivolt;
  const lossless = plan.stretchedLeads.length === 0 && steps.every(Number.isFinite);
  return makeRecord(
    {
      ...headerFields(header),
      leads: picks.map((pick) => pick.lead),
      ...{ samplingRateHz, samples, warnings },
      format: 'wfdb',
      ...(lossless && { adcPerMillivolt: steps as number[] }),
    },
    limits,
  );
}

function countFrames(header: WfdbHeader, file: string): number {
  const total = header.segments!.reduce((sum, segment) => sum + segment.sampleCount, 0);
  if (header.sampleCount !== undefined && header.sampleCount !== total) {
    throw inconsistent(
      file,
      `the header says ${header.sampleCount} samples, its segments add up to ${total}.`,
    );
  }
  if (total === 0) throw inconsistent(file, 'the segments hold no sample.');
  return total;
}

/** The header that names the record's signals: the layout, or the first segment. */
async function loadLayout(
  segments: readonly WfdbSegment[],
  file: string,
  folder: SourceFolder,
  options: ReadOptions,
): Promise<WfdbHeader> {
  const first = segments.find((segment) => segment.name !== GAP);
  if (first === undefined) throw inconsistent(file, 'every segment is a gap.');
  return loadSegmentHeader(first.name, folder, options);
}

async function loadSegmentHeader(
  name: string,
  folder: SourceFolder,
  options: ReadOptions,
): Promise<WfdbHeader> {
  const source = await folder.open(`${name}.hea`);
  const header = await loadHeader(source, options.limits);
  if (header.segments) throw inconsistent(source.name, 'a segment has segments of its own.');
  return header;
}

/** A layout's signals have no file (format 0), but stand for signals that segments have. */
function asPresent(signal: WfdbSignal): WfdbSignal {
  return signal.fileName === GAP ? { ...signal, format: 16 } : signal;
}

async function readSegment(
  segment: WfdbSegment,
  startFrame: number,
  record: SegmentedRecord,
): Promise<void> {
  const { folder, options, plan, samples, rowLength, warnings } = record;
  const header = await loadSegmentHeader(segment.name, folder, options);
  checkSegment(header, segment, record);
  const picks = matchPicks(header, segment, record);
  if (picks.length === 0) return;
  const sized = { ...header, sampleCount: segment.sampleCount };
  const open = await openSignals(sized, `${segment.name}.hea`, picks, folder);
  const { samplesPerFrame } = plan;
  const startSample = startFrame * samplesPerFrame;
  const target = { samples, rowLength, startSample, samplesPerFrame };
  await decodeSignals(open, target, warnings, options.signal);
}

function checkSegment(header: WfdbHeader, segment: WfdbSegment, record: SegmentedRecord): void {
  const { samplingRateHz } = record.header;
  const name = `${segment.name}.hea`;
  if (header.samplingRateHz !== samplingRateHz) {
    const message = `the sampling rate is ${header.samplingRateHz} Hz, that of the record ${samplingRateHz} Hz.`;
    throw inconsistent(name, message);
  }
  if (header.sampleCount !== undefined && header.sampleCount !== segment.sampleCount) {
    const message = `the header says ${header.sampleCount} samples, the record ${segment.sampleCount}.`;
    throw inconsistent(name, message);
  }
  if (!record.variable && header.signalCount !== record.layout.length) {
    const message = `the segment has ${header.signalCount} signals, the first one ${record.layout.length}.`;
    throw inconsistent(name, message);
  }
}

/** The picked signals that this segment has: by position in a fixed layout, else by description. */
function matchPicks(
  header: WfdbHeader,
  segment: WfdbSegment,
  record: SegmentedRecord,
): PickedSignal[] {
  return record.plan.picks.flatMap((pick) => {
    const signalIndex = record.variable
      ? header.signals.findIndex(
          (signal) => signal.description === record.layout[pick.signalIndex]!.description,
        )
      : pick.signalIndex;
    const signal = header.signals[signalIndex];
    if (signal === undefined) return [];
    const adcPerMillivolt = signedAdcPerMillivolt(signal);
    if (adcPerMillivolt === undefined || signal.samplesPerFrame > record.plan.samplesPerFrame) {
      const message = `signal ${shown(signal.description)} differs in unit or density from the record's.`;
      throw inconsistent(`${segment.name}.hea`, message);
    }
    noteSteps(record, pick.row, Math.abs(adcPerMillivolt));
    return [{ ...pick, signalIndex, scale: { baseline: signal.baseline, adcPerMillivolt } }];
  });
}

function noteSteps(record: SegmentedRecord, row: number, adcPerMillivolt: number): void {
  const known = record.adcPerMillivolt[row];
  record.adcPerMillivolt[row] =
    known === undefined || known === adcPerMillivolt ? adcPerMillivolt : Number.NaN;
}
