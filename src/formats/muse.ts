/**
 * GE MUSE XML exports (`RestingECG`): the rhythm waveform becomes one record.
 *
 * Source: GE MUSE XML as exported by MUSE 7 to 10 (restecg.dtd is not public; the fields are those of
 * exported files). I, II and V1 to V6 are stored in ADC steps of LeadAmplitudeUnitsPerBit; the other limb
 * leads are computed. The rate is SampleBase * 10^SampleExponent. Median beats are not read.
 */
import { PqrError } from '../ecg/errors.js';
import { normaliseLeadName } from '../ecg/leads.js';
import { DEFAULT_LIMITS } from '../ecg/limits.js';
import type { EcgRecord, EcgWarning } from '../ecg/record.js';
import { millivoltsPerUnit } from '../ecg/units.js';
import { decodeBase64, int16Samples } from './base64-samples.js';
import { type ByteSource, shown } from './byte-source.js';
import { type Channel, makeChannelRecord, readWhole } from './channels.js';
import { addLimbLeads } from './derived-leads.js';
import { readMuseFacts } from './muse-facts.js';
import type { ReadOptions } from './read-options.js';
import { checkSize } from './size.js';
import { parseXml, type XmlElement } from './xml.js';
import { findAll, findFirst, numberAt, textAt } from './xml-find.js';

const ROOT = 'RestingECG';

function headerError(file: string, why: string): PqrError {
  return new PqrError('format.header', `${shown(file)}: ${shown(why)}.`);
}

/** Reads a MUSE XML file. @throws `format.*`, `limit.exceeded`, `record.invalid`, `file.*` */
export async function readMuse(source: ByteSource, options: ReadOptions = {}): Promise<EcgRecord> {
  const { limits = DEFAULT_LIMITS } = options;
  const file = source.name;
  const bytes = await readWhole(source, options);
  const root = parseXml(bytes, { file, limits, passedDoctype: ROOT });
  const waveform = findAll(root, 'Waveform').find((one) =>
    /^rhythm$/i.test(textAt(one, 'WaveformType') ?? ''),
  );
  if (waveform === undefined) {
    throw new PqrError(
      'record.invalid',
      `${shown(file)} is a MUSE file without a rhythm waveform.`,
    );
  }
  const samplingRateHz = samplingRateOf(waveform, file);
  const leads = findAll(waveform, 'LeadData');
  const counts = leads.map((lead) => numberAt(lead, 'LeadSampleCountTotal') ?? 0);
  checkSize(
    { leadCount: leads.length, sampleCount: Math.max(...counts, 0), samplingRateHz },
    limits,
  );
  const stored = leads.map((lead) => readLead(lead, file));
  const channels = addLimbLeads(stored);
  const warnings: EcgWarning[] = [];
  const facts = readMuseFacts(root, channels.length > stored.length);
  return makeChannelRecord(
    { ...facts, format: 'muse', file, samplingRateHz, channels, warnings },
    options,
  );
}

function samplingRateOf(waveform: XmlElement, file: string): number {
  const base = numberAt(waveform, 'SampleBase');
  const exponent = numberAt(waveform, 'SampleExponent') ?? 0;
  if (base === undefined || base <= 0 || Math.abs(exponent) > 6) {
    throw headerError(file, `the sampling rate is ${base} * 10^${exponent} Hz`);
  }
  return base * 10 ** exponent;
}

function readLead(lead: XmlElement, file: string): Channel {
  const name = normaliseLeadName(textAt(lead, 'LeadID') ?? '');
  const perStep = numberAt(lead, 'LeadAmplitudeUnitsPerBit');
  const unit = textAt(lead, 'LeadAmplitudeUnits') ?? '';
  const millivolts = millivoltsPerUnit(unit);
  if (perStep === undefined || perStep === 0 || millivolts === undefined) {
    throw headerError(file, `lead ${name} has ${perStep} '${unit}' a step, which is no voltage`);
  }
  const sampleBytes = numberAt(lead, 'LeadSampleSize') ?? 2;
  if (sampleBytes !== 2) {
    throw new PqrError(
      'format.unsupported',
      `${shown(file)}: lead ${shown(name)} has samples of ${sampleBytes} bytes; 2 are read.`,
    );
  }
  const text = findFirst(lead, 'WaveFormData')?.text ?? '';
  const values = int16Samples(decodeBase64(text, `lead ${name}`, file));
  const announced = numberAt(lead, 'LeadSampleCountTotal');
  if (announced !== undefined && announced !== values.length) {
    throw new PqrError(
      'format.truncated',
      `${shown(file)}: lead ${shown(name)} has ${values.length} samples, ${announced} are announced.`,
      { hint: 'Export or copy the file again.' },
    );
  }
  const unitsPerMillivolt = millivolts >= 1 ? 1 / millivolts : Math.round(1 / millivolts);
  return { name, values, adcPerMillivolt: unitsPerMillivolt / perStep };
}
