/**
 * WFDB records: a header and its signal files become one ECG record.
 *
 * Source: PhysioNet's WFDB manual. Voltage signals are kept, others are left out with a warning. All signal
 * formats (wfdb-packing.ts, flac.ts), MAT v4 `16+24`, several files a record; multi-segment records in
 * wfdb-segments.ts, annotations in mit-annotations.ts.
 */
import { DEFAULT_LIMITS } from '../ecg/limits.js';
import { type EcgRecord, type EcgWarning, makeRecord } from '../ecg/record.js';
import type { ByteSource, SourceFolder } from './byte-source.js';
import type { ReadOptions } from './read-options.js';
import { checkSize } from './size.js';
import { decodeSignals } from './wfdb-decode.js';
import { openSignals } from './wfdb-group.js';
import { headerFields, loadHeader, planSignals } from './wfdb-plan.js';
import { readSegments } from './wfdb-segments.js';

/**
 * Reads the record of a header, single- or multi-segment.
 * @throws `format.*`, `file.*`, `limit.exceeded`, `record.invalid`, `request.aborted`
 */
export async function readWfdb(
  source: ByteSource,
  folder: SourceFolder,
  options: ReadOptions = {},
): Promise<EcgRecord> {
  const limits = options.limits ?? DEFAULT_LIMITS;
  const header = await loadHeader(source, limits);
  if (header.segments) return readSegments(header, source.name, folder, options);
  const warnings: EcgWarning[] = [];
  const plan = planSignals(header.signals, options.leads, warnings);
  const { picks, samplesPerFrame } = plan;
  const open = await openSignals(header, source.name, picks, folder);
  const samplingRateHz = header.samplingRateHz * samplesPerFrame;
  const rowLength = open.frameCount * samplesPerFrame;
  checkSize({ leadCount: picks.length, sampleCount: rowLength, samplingRateHz }, limits);
  const samples = new Float32Array(picks.length * rowLength);
  const target = { samples, rowLength, startSample: 0, samplesPerFrame };
  await decodeSignals(open, target, warnings, options.signal);
  return makeRecord(
    {
      ...headerFields(header),
      leads: picks.map((pick) => pick.lead),
      samplingRateHz,
      samples,
      format: 'wfdb',
      warnings,
      ...(plan.stretchedLeads.length === 0 && {
        adcPerMillivolt: picks.map((pick) => Math.abs(pick.scale.adcPerMillivolt)),
      }),
    },
    limits,
  );
}
