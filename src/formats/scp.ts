/**
 * SCP-ECG files: the rhythm becomes one record.
 *
 * Source: EN 1064:2005+A1:2007 (SCP-ECG), ISO/IEEE 11073-91064. Plain samples and Huffman codes of the
 * default or own tables, first and second differences, reference beats added back. Bimodal compression
 * and a rhythm at another rate than its reference beat are refused by name: no file with them was found.
 */
import { PqrError } from '../ecg/errors.js';
import { DEFAULT_LIMITS } from '../ecg/limits.js';
import type { EcgRecord, EcgWarning } from '../ecg/record.js';
import { type ByteSource, shown } from './byte-source.js';
import { type Channel, makeChannelRecord, readWhole } from './channels.js';
import { crcCcitt } from './crc-ccitt.js';
import { addLimbLeads, DERIVED_COMMENT } from './derived-leads.js';
import type { ReadOptions } from './read-options.js';
import { readScpFacts } from './scp-facts.js';
import { decodeScpSamples, readScpTables, type ScpTables } from './scp-huffman.js';
import { scpLeadName } from './scp-leads.js';
import {
  readScpLeads,
  readScpQrsLocations,
  readScpSamples,
  readScpSections,
  type ScpLead,
  type ScpQrsLocations,
  type ScpSamples,
  type ScpSection,
} from './scp-sections.js';
import { checkSize } from './size.js';
import { warning } from './warnings.js';

/** Reads an SCP-ECG file. @throws `format.*`, `limit.exceeded`, `record.invalid`, `file.*` */
export async function readScp(source: ByteSource, options: ReadOptions = {}): Promise<EcgRecord> {
  const { limits = DEFAULT_LIMITS } = options;
  const file = source.name;
  const bytes = await readWhole(source, options);
  const sections = readScpSections(bytes, file);
  const warnings: EcgWarning[] = [];
  warnOfChecksum(bytes, file, warnings);
  const { leads, referenceBeatTakenOff } = readScpLeads(required(sections, 3, file));
  const rhythm = readScpSamples(required(sections, 6, file), leads.length);
  const samplingRateHz = samplingRateOf(rhythm, file);
  const span = spanOf(leads, file);
  checkSize({ leadCount: leads.length, sampleCount: span.length, samplingRateHz }, limits);
  if (rhythm.bimodal) throw unsupported(file, 'bimodal compression');
  const tables = readScpTables(sections.get(2), file);
  const decoded = leads.map((lead, index) =>
    decodeScpSamples(rhythm.leads[index]!, {
      ...{ tables, file, differences: rhythm.differences },
      sampleCount: lead.end - lead.start + 1,
    }),
  );
  if (referenceBeatTakenOff) {
    addReferenceBeats(decoded, { sections, leads, rhythm, tables, file });
    warnings.push(warning('format.experimental', REFERENCE_BEAT_MESSAGE));
  }
  const stored = leads.map((lead, index) => makeChannel(lead, decoded[index]!, rhythm, span));
  const channels = addLimbLeads(stored);
  const derived = channels.length > stored.length ? [DERIVED_COMMENT] : [];
  const facts = readScpFacts(sections, derived);
  return makeChannelRecord(
    { ...facts, format: 'scp', file, samplingRateHz, channels, warnings },
    options,
  );
}

const REFERENCE_BEAT_MESSAGE =
  'The samples are stored as differences to a reference beat; adding it back was never checked on an independent file.';

function unsupported(file: string, what: string): PqrError {
  return new PqrError('format.unsupported', `${shown(file)} uses ${what}, which is not read.`, {
    hint: 'Export it from the device without that compression.',
  });
}

function required(sections: ReadonlyMap<number, ScpSection>, id: number, file: string): ScpSection {
  const section = sections.get(id);
  if (section !== undefined) return section;
  throw new PqrError('record.invalid', `${shown(file)} has no section ${id}: no rhythm is stored.`);
}

function warnOfChecksum(bytes: Uint8Array, file: string, warnings: EcgWarning[]): void {
  const stored = bytes[0]! | (bytes[1]! << 8);
  if (stored === crcCcitt(bytes.subarray(2))) return;
  const message = `${shown(file)} does not fit its own checksum; it may be damaged.`;
  warnings.push(warning('format.checksum', message));
}

function samplingRateOf(rhythm: ScpSamples, file: string): number {
  const { microsecondsPerSample, nanovoltsPerStep } = rhythm;
  if (microsecondsPerSample > 0 && nanovoltsPerStep > 0) return 1e6 / microsecondsPerSample;
  throw new PqrError(
    'format.header',
    `${shown(file)}: a sample takes ${microsecondsPerSample} us and a step is ${nanovoltsPerStep} nV.`,
  );
}

interface Span {
  readonly start: number;
  readonly length: number;
}

function spanOf(leads: readonly ScpLead[], file: string): Span {
  const broken = leads.find((lead) => lead.end < lead.start);
  if (leads.length === 0 || broken !== undefined) {
    throw new PqrError(
      'format.header',
      `${shown(file)} defines ${leads.length} leads${broken ? `, one from sample ${broken.start} to ${broken.end}` : ''}.`,
    );
  }
  const start = Math.min(...leads.map((lead) => lead.start));
  return { start, length: Math.max(...leads.map((lead) => lead.end)) - start + 1 };
}

function makeChannel(lead: ScpLead, values: Int32Array, rhythm: ScpSamples, span: Span): Channel {
  const name = scpLeadName(lead.number) ?? `lead ${lead.number}`;
  const adcPerMillivolt = 1e6 / rhythm.nanovoltsPerStep;
  if (values.length === span.length) return { name, values, adcPerMillivolt };
  const placed = new Float64Array(span.length).fill(Number.NaN);
  placed.set(values, lead.start - span.start);
  return { name, values: placed, adcPerMillivolt };
}

interface Subtracted {
  readonly sections: ReadonlyMap<number, ScpSection>;
  readonly leads: readonly ScpLead[];
  readonly rhythm: ScpSamples;
  readonly tables: ScpTables | undefined;
  readonly file: string;
}

/** Adds the reference beat of section 5 back where section 4 says it was taken off. */
function addReferenceBeats(decoded: readonly Int32Array[], subtracted: Subtracted): void {
  const { sections, leads, rhythm, tables, file } = subtracted;
  const locations = readScpQrsLocations(required(sections, 4, file));
  const section = required(sections, 5, file);
  const reference = readScpSamples(section, leads.length);
  if (reference.microsecondsPerSample !== rhythm.microsecondsPerSample) {
    throw unsupported(file, 'a rhythm at a lower rate than its reference beat');
  }
  const ratio = reference.nanovoltsPerStep / rhythm.nanovoltsPerStep;
  const milliseconds = required(sections, 4, file).unsigned16(0);
  const sampleCount = Math.floor((milliseconds * 1000) / reference.microsecondsPerSample);
  const coding = { tables, differences: reference.differences, sampleCount, file };
  for (const [index, lead] of leads.entries()) {
    const beat = decodeScpSamples(reference.leads[index]!, coding);
    addBeat(decoded[index]!, lead, { beat, ratio, locations });
  }
}

interface ReferenceBeat {
  readonly beat: Int32Array;
  readonly ratio: number;
  readonly locations: ScpQrsLocations;
}

function addBeat(values: Int32Array, lead: ScpLead, reference: ReferenceBeat): void {
  const { beat, ratio, locations } = reference;
  for (const { type, start, fiducial, end } of locations.beats) {
    if (type !== 0) continue;
    const shift = locations.referenceFiducial - fiducial - 1;
    const first = Math.max(start, lead.start, -shift);
    const last = Math.min(end, lead.end, beat.length - 1 - shift);
    for (let sample = first; sample <= last; sample++) {
      values[sample - lead.start]! += Math.round(beat[sample + shift]! * ratio);
    }
  }
}
