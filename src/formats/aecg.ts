/**
 * HL7 annotated ECG (aECG) files: the rhythm series becomes one record.
 *
 * Source: HL7 aECG implementation guide (Brown and Badilini, 2005), ANSI/HL7 V3 ECG R1-2004: a series of
 * sequence sets; each has one time sequence (GLIST_TS or GLIST_PQ with an increment) and one SLIST_PQ of
 * digits with origin and scale a lead. Derived series (median beats) are not read.
 */
import { PqrError } from '../ecg/errors.js';
import { DEFAULT_LIMITS } from '../ecg/limits.js';
import type { EcgRecord, EcgWarning } from '../ecg/record.js';
import { millivoltsPerUnit } from '../ecg/units.js';
import { type ByteSource, shown } from './byte-source.js';
import { type Channel, makeChannelRecord, readWhole } from './channels.js';
import {
  deviceMeasurement,
  distinctLines,
  isoOfDigits,
  patientOf,
  type RecordFacts,
  yearsBetween,
} from './facts.js';
import { parseSex } from './header-comments.js';
import { parseIntegers } from './integer-list.js';
import type { ReadOptions } from './read-options.js';
import { parseDecimal } from './text.js';
import { parseXml, type XmlElement } from './xml.js';
import { attributeOf, descendants, findAll, findFirst, textAt } from './xml-find.js';
import { identityOfXml } from './xml-identity.js';

const LEAD = /^MDC_ECG_LEAD_/;
/** Seconds in one unit of an increment. */
const SECONDS: Readonly<Record<string, number>> = { s: 1, ms: 1e-3, us: 1e-6 };

function headerError(file: string, why: string): PqrError {
  return new PqrError('format.header', `${shown(file)}: ${shown(why)}.`);
}

/** Reads an aECG file. @throws `format.*`, `limit.exceeded`, `record.invalid`, `file.*` */
export async function readAecg(source: ByteSource, options: ReadOptions = {}): Promise<EcgRecord> {
  const { limits = DEFAULT_LIMITS } = options;
  const file = source.name;
  const root = parseXml(await readWhole(source, options), { file, limits });
  const series = chooseSeries(findAll(root, 'component/series'), file);
  const sets = findAll(series, 'component/sequenceSet');
  if (sets.length !== 1) {
    throw new PqrError(
      'format.unsupported',
      `${shown(file)}: the rhythm series has ${sets.length} sequence sets; one with all leads is read.`,
    );
  }
  const sequences = findAll(sets[0]!, 'component/sequence');
  const samplingRateHz = samplingRateOf(sequences, file);
  const leads = sequences.filter((sequence) => LEAD.test(codeOf(sequence)));
  const channels = leads.map((sequence) => readLead(sequence, file, limits.sampleCount));
  const warnings: EcgWarning[] = [];
  const facts = readFacts(root, series);
  return makeChannelRecord(
    { ...facts, format: 'aecg', file, samplingRateHz, channels, warnings },
    options,
  );
}

const codeOf = (element: XmlElement) => attributeOf(findFirst(element, 'code'), 'code') ?? '';

function chooseSeries(series: readonly XmlElement[], file: string): XmlElement {
  // A beat that stands for all others is no rhythm, even where it is the only series.
  const others = series.filter((one) => codeOf(one) !== 'REPRESENTATIVE_BEAT');
  const rhythm = others.find((one) => codeOf(one) === 'RHYTHM') ?? others[0];
  if (rhythm !== undefined) return rhythm;
  throw new PqrError('record.invalid', `${shown(file)} is an aECG without a series of samples.`);
}

function samplingRateOf(sequences: readonly XmlElement[], file: string): number {
  const time = sequences.find((sequence) => /^TIME_/.test(codeOf(sequence)));
  const increment = findFirst(time, 'value/increment');
  const step = parseDecimal(attributeOf(increment, 'value') ?? '');
  const seconds = SECONDS[attributeOf(increment, 'unit') ?? ''];
  if (step === undefined || step <= 0 || seconds === undefined) {
    throw headerError(file, 'the time sequence has no increment in s, ms or us');
  }
  const samplingRateHz = 1 / (step * seconds);
  // 1 / 0.002 and the like are whole numbers that floating point misses.
  const whole = Math.round(samplingRateHz);
  return Math.abs(samplingRateHz - whole) < 1e-9 * whole ? whole : samplingRateHz;
}

function readLead(sequence: XmlElement, file: string, maxCount: number): Channel {
  const name = codeOf(sequence).replace(LEAD, '');
  const value = findFirst(sequence, 'value');
  const quantity = (of: string) => {
    const element = findFirst(value, of);
    const amount = parseDecimal(attributeOf(element, 'value') ?? '');
    const unit = attributeOf(element, 'unit') ?? '';
    const millivolts = millivoltsPerUnit(unit);
    if (amount === undefined || millivolts === undefined) {
      throw headerError(file, `${of} of lead ${name} is no voltage ('${amount} ${unit}')`);
    }
    return { amount, perMillivolt: millivolts >= 1 ? 1 / millivolts : Math.round(1 / millivolts) };
  };
  const scale = quantity('scale');
  const origin = quantity('origin');
  const adcPerMillivolt = scale.perMillivolt / scale.amount;
  const offset = (origin.amount / origin.perMillivolt) * adcPerMillivolt;
  const values = parseIntegers(textAt(value, 'digits') ?? '', {
    what: `lead ${name}`,
    file,
    maxCount,
  });
  return { name, values, adcPerMillivolt, baseline: offset === 0 ? 0 : -offset };
}

const INTERVALS: readonly (readonly [string, string])[] = [
  ['MDC_ECG_HEART_RATE', 'heart rate'],
  ['MDC_ECG_TIME_PD_RR', 'RR interval'],
  ['MDC_ECG_TIME_PD_PR', 'PR interval'],
  ['MDC_ECG_TIME_PD_QRS', 'QRS duration'],
  ['MDC_ECG_TIME_PD_QT', 'QT interval'],
  ['MDC_ECG_TIME_PD_QTc', 'QTc interval'],
  ['MDC_ECG_TIME_PD_QTcB', 'QTc interval (Bazett)'],
  ['MDC_ECG_TIME_PD_QTcF', 'QTc interval (Fridericia)'],
];

/** Names have parts or a text of their own; ids are attributes. */
const IDENTITY = {
  names: /^(?:given|family|name)$/,
  others: /^(?:id|telecom|addr|streetAddressLine|city|postalCode)$/,
  passed: /^(?:sequenceSet|annotationSet|manufacturerOrganization|location)$/,
};

function readFacts(root: XmlElement, series: XmlElement): RecordFacts {
  const subject = descendants(root, 'trialSubject')[0];
  const person = findFirst(subject, 'subjectDemographicPerson');
  const birth = isoOfDigits(attributeOf(findFirst(person, 'birthTime'), 'value'));
  const recordedAt = timeOf(series) ?? timeOf(root);
  const id = findFirst(subject, 'id');
  const annotations = descendants(root, 'annotation');
  const device = descendants(series, 'manufacturedSeriesDevice')[0];
  const model = distinctLines([textAt(device, 'manufacturerModelName')]);
  return {
    patient: patientOf({
      id: attributeOf(id, 'extension') ?? attributeOf(id, 'root'),
      sex: parseSex(attributeOf(findFirst(person, 'administrativeGenderCode'), 'code') ?? ''),
      ageYears: yearsBetween(birth, recordedAt),
    }),
    recordedAt,
    report: distinctLines(annotations.flatMap(statementOf)).join('\n'),
    comments: [
      ...model.map((name) => `Device: ${name}`),
      ...INTERVALS.flatMap(([code, name]) => measurementOf(annotations, code, name)),
    ],
    identity: identityOfXml([root], IDENTITY),
  };
}

function timeOf(element: XmlElement): string | undefined {
  const time = findFirst(element, 'effectiveTime');
  const at = findFirst(time, 'low') ?? findFirst(time, 'center');
  return isoOfDigits(attributeOf(at, 'value'));
}

/** Interpretation statements are annotations with a string value. */
function statementOf(annotation: XmlElement): string[] {
  if (!/INTERPRETATION/.test(codeOf(annotation))) return [];
  const text = textAt(annotation, 'value');
  return text === undefined ? [] : [text];
}

function measurementOf(annotations: readonly XmlElement[], code: string, name: string): string[] {
  const annotation = annotations.find((one) => codeOf(one) === code);
  const value = findFirst(annotation, 'value');
  const unit = attributeOf(value, 'unit') ?? '';
  return deviceMeasurement(name, attributeOf(value, 'value'), unit);
}
