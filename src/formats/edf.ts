/**
 * EDF and EDF+ files: their ECG signals become one record.
 *
 * Source: Kemp et al. 1992 (EDF); Kemp and Olivan 2003 (EDF+). Signals called `ECG ...` or by a lead's
 * name are read, others (EEG, EMG, respiration) are left out with a warning. Gaps of EDF+D are missing
 * samples. Annotations become comments.
 */
import { PqrError, throwIfAborted } from '../ecg/errors.js';
import type { Identity } from '../ecg/identity.js';
import { DEFAULT_LIMITS } from '../ecg/limits.js';
import type { EcgRecord, EcgWarning } from '../ecg/record.js';
import { millivoltsPerUnit } from '../ecg/units.js';
import { type ByteSource, shown } from './byte-source.js';
import { type Channel, makeChannelRecord } from './channels.js';
import type { EdfAnnotation } from './edf-annotations.js';
import {
  EDF_ANNOTATIONS,
  EDF_FIXED_BYTES,
  type EdfHeader,
  type EdfSignal,
  edfHeaderBytes,
  edfPlusDate,
  edfSignalCount,
  parseEdfHeader,
} from './edf-header.js';
import { countRecords, placeRecords, readNotes } from './edf-records.js';
import { isoOf, patientOf, yearsBetween } from './facts.js';
import { parseSex } from './header-comments.js';
import { isKnownLead } from './lead-names.js';
import type { ReadOptions } from './read-options.js';
import { checkSize } from './size.js';
import { warning } from './warnings.js';
import { stretchSamples } from './wfdb-signal.js';

const ECG_LABEL = /^(?:ECG|EKG)(?=\b|\d|_)/i;
/** What stands behind a lead's name where it is measured against a reference. */
const REFERENCE = /[-_ ]*ref$/i;

/** True where a signal is an ECG by its label: `ECG`, `ECG V1`, `EKG II`, `V5`. */
export const isEcgLabel = (label: string) => ECG_LABEL.test(label) || isKnownLead(label);

/** `ECG V1-Ref` is V1, `ECG` and `ECG1` stay as they are. */
function leadOf(label: string): string {
  const lead = label.replace(ECG_LABEL, '').replace(REFERENCE, '').trim();
  return isKnownLead(lead) ? lead : label;
}

/** Reads an EDF or EDF+ file. @throws `format.*`, `limit.exceeded`, `record.invalid`, `file.*` */
export async function readEdf(source: ByteSource, options: ReadOptions = {}): Promise<EcgRecord> {
  const { limits = DEFAULT_LIMITS } = options;
  const file = source.name;
  const fixed = await source.slice(0, EDF_FIXED_BYTES);
  const headerBytes = edfHeaderBytes(edfSignalCount(fixed, file, limits));
  const header = parseEdfHeader(await source.slice(0, headerBytes), file, limits);
  const warnings: EcgWarning[] = [];
  const signals = chooseSignals(header, file, warnings);
  const recordCount = countRecords(header, source, warnings);
  const densest = Math.max(...signals.map((signal) => signal.samplesPerRecord));
  const samplingRateHz = densest / header.recordSeconds;
  const size = { leadCount: signals.length, sampleCount: densest * recordCount, samplingRateHz };
  checkSize(size, limits);
  throwIfAborted(options.signal);
  const end = header.headerBytes + recordCount * header.recordBytes;
  const bytes = await source.slice(header.headerBytes, end);
  const notes = readNotes(header, bytes, recordCount);
  const layout = placeRecords(header, notes.starts, { recordCount, file, limits }, warnings);
  checkSize({ ...size, sampleCount: layout.length * densest }, limits);
  const even = layout.every((record, index) => record === index);
  const channels = signals.map((signal) =>
    readChannel({ header, signal, bytes, layout, even, densest }),
  );
  warnMixedRates(signals, densest, warnings);
  return makeChannelRecord(
    {
      ...readFacts(header, notes.annotations),
      format: 'edf',
      file,
      samplingRateHz,
      channels,
      warnings,
    },
    options,
  );
}

function chooseSignals(header: EdfHeader, file: string, warnings: EcgWarning[]): EdfSignal[] {
  const data = header.signals.filter((signal) => signal.label !== EDF_ANNOTATIONS);
  const chosen = data.filter(
    ({ label, unit, samplesPerRecord }) =>
      isEcgLabel(label) && samplesPerRecord > 0 && millivoltsPerUnit(unit) !== undefined,
  );
  const dropped = data.filter((signal) => !chosen.includes(signal));
  const names = dropped.map(({ label, unit }) => `${label} (${unit})`);
  if (chosen.length === 0) {
    throw new PqrError(
      'record.invalid',
      `${shown(file)} has no signal that is an ECG in a voltage unit; it has ${shown(names.join(', ') || 'only annotations')}.`,
      { hint: "EDF calls an ECG 'ECG', 'ECG V1' or by the lead's name, in uV, mV or V." },
    );
  }
  if (header.recordSeconds === 0) {
    throw new PqrError('format.header', `${shown(file)}: a data record lasts 0 s.`);
  }
  if (dropped.length > 0) {
    const message = `Signals that are no ECG were left out: ${shown(names.join(', '))}.`;
    warnings.push(
      warning(
        'format.signal-dropped',
        message,
        dropped.map(({ label }) => label),
      ),
    );
  }
  return chosen;
}

interface ChannelPlan {
  readonly header: EdfHeader;
  readonly signal: EdfSignal;
  readonly bytes: Uint8Array;
  readonly layout: readonly number[];
  readonly even: boolean;
  readonly densest: number;
}

function readChannel(plan: ChannelPlan): Channel {
  const { header, signal, bytes, layout, even, densest } = plan;
  const { samplesPerRecord: count, digitalMin, digitalMax, physicalMin, physicalMax } = signal;
  const perUnit = (digitalMax - digitalMin) / (physicalMax - physicalMin);
  const millivolts = millivoltsPerUnit(signal.unit)!;
  const adcPerMillivolt =
    millivolts >= 1 ? perUnit / millivolts : perUnit * Math.round(1 / millivolts);
  const baseline = digitalMin - physicalMin * perUnit;
  const stored = even
    ? new Int16Array(layout.length * count)
    : new Float64Array(layout.length * count);
  if (!even) stored.fill(Number.NaN);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const [place, record] of layout.entries()) {
    if (record === -1) continue;
    let at = record * header.recordBytes + signal.recordOffset;
    const end = (place + 1) * count;
    for (let index = place * count; index < end; index++, at += 2) {
      stored[index] = view.getInt16(at, true);
    }
  }
  const name = leadOf(signal.label);
  if (count === densest) return { name, values: stored, adcPerMillivolt, baseline };
  const stretched = new Float32Array(layout.length * densest);
  stretchSamples(Float32Array.from(stored), stretched, 0, densest / count);
  return { name, values: Float64Array.from(stretched), adcPerMillivolt, baseline };
}

function warnMixedRates(
  signals: readonly EdfSignal[],
  densest: number,
  warnings: EcgWarning[],
): void {
  const sparse = signals.filter((signal) => signal.samplesPerRecord < densest);
  if (sparse.length === 0) return;
  const names = sparse.map((signal) => signal.label);
  const message = `Leads with fewer samples were interpolated to the highest rate: ${shown(names.join(', '))}.`;
  warnings.push(warning('format.mixed-rate', message, names));
}

/** EDF+ has fields (code, sex, birthday, name; Startdate, date, id, technician); plain EDF has free text. */
function identityOf(
  { plus, patient, recording }: EdfHeader,
  known: (text: string | undefined) => string | undefined,
): Identity {
  if (!plus) return { names: [patient, recording] };
  const [code, , birthday, ...name] = patient.split(/\s+/);
  const [, , id, technician] = recording.split(/\s+/);
  const people = [...name, technician].map(known);
  return { names: people.map((one) => one?.replaceAll('_', ' ')), others: [code, birthday, id] };
}

const MAX_SHOWN_ANNOTATIONS = 500;

function readFacts(header: EdfHeader, annotations: readonly EdfAnnotation[]) {
  const [code, sex, birthday] = header.patient.split(/\s+/);
  const birth = header.plus ? edfPlusDate(birthday) : undefined;
  const known = (text: string | undefined) => (text && text !== 'X' ? text : undefined);
  return {
    // Plain EDF's patient field is free text and may hold a name: it is not taken over.
    patient: header.plus
      ? patientOf({
          id: known(code),
          sex: parseSex(sex ?? ''),
          ageYears: yearsBetween(birth && isoOf(birth), header.recordedAt),
        })
      : {},
    recordedAt: header.recordedAt,
    comments: annotations
      .slice(0, MAX_SHOWN_ANNOTATIONS)
      .map(({ seconds, text }) => `At ${seconds} s: ${text.trim()}`),
    identity: identityOf(header, known),
  };
}
