/**
 * FHIR Observations with sampled data: one Observation (or a Bundle with one) becomes one record.
 *
 * Source: HL7 FHIR R4 (4.0.1), Observation and SampledData: value = data * factor + origin, `period`
 * milliseconds between samples, `E`, `U` and `L` for error, above and below the limit. Leads are the
 * Observation's components, or the value itself. A name, an address or a reference is never followed.
 */
import { z } from 'zod';
import { PqrError } from '../ecg/errors.js';
import { checkLimit, DEFAULT_LIMITS, type Limits } from '../ecg/limits.js';
import type { EcgRecord, EcgWarning } from '../ecg/record.js';
import { millivoltsPerUnit } from '../ecg/units.js';
import { type ByteSource, shown } from './byte-source.js';
import { type Channel, makeChannelRecord, readWhole } from './channels.js';
import { distinctLines, isoOfDigits, patientOf, type RecordFacts } from './facts.js';
import type { ReadOptions } from './read-options.js';
import { checkSize } from './size.js';
import { decodeText, parseDecimal } from './text.js';

const codingSchema = z.object({ code: z.string().optional(), display: z.string().optional() });
const conceptSchema = z.object({
  coding: z.array(codingSchema).optional(),
  text: z.string().optional(),
});
const quantitySchema = z.object({
  value: z.number().optional(),
  unit: z.string().optional(),
  code: z.string().optional(),
});
const sampledSchema = z.object({
  origin: quantitySchema,
  period: z.number().positive(),
  factor: z.number().optional(),
  dimensions: z.number().int().positive(),
  data: z.string().optional(),
});
const referenceSchema = z.object({
  reference: z.string().optional(),
  display: z.string().optional(),
  identifier: z.object({ value: z.string().optional() }).optional(),
});
const observationSchema = z.object({
  resourceType: z.literal('Observation'),
  subject: referenceSchema.optional(),
  performer: z.array(referenceSchema).optional().catch(undefined),
  identifier: z
    .array(z.object({ value: z.string().optional() }))
    .optional()
    .catch(undefined),
  effectiveDateTime: z.string().optional(),
  effectivePeriod: z.object({ start: z.string().optional() }).optional(),
  code: conceptSchema.optional(),
  interpretation: z.array(conceptSchema).optional(),
  note: z.array(z.object({ text: z.string().optional() })).optional(),
  valueSampledData: sampledSchema.optional(),
  component: z
    .array(z.object({ code: conceptSchema.optional(), valueSampledData: sampledSchema.optional() }))
    .optional(),
});
type Observation = z.infer<typeof observationSchema>;
type SampledData = z.infer<typeof sampledSchema>;
type Concept = z.infer<typeof conceptSchema>;

/** Reads a FHIR JSON file. @throws `format.*`, `limit.exceeded`, `record.invalid`, `file.*` */
export async function readFhir(source: ByteSource, options: ReadOptions = {}): Promise<EcgRecord> {
  const { limits = DEFAULT_LIMITS } = options;
  const file = source.name;
  checkLimit('textBytes', source.byteLength, shown(file), limits);
  const json = parseJson(decodeText(await readWhole(source, options)), file);
  const observation = parseObservation(findObservation(json, file), file);
  const sampled = leadsOf(observation);
  if (sampled.length === 0) {
    throw new PqrError('record.invalid', `${shown(file)} is an Observation without sampled data.`);
  }
  const samplingRateHz = samplingRateOf(sampled, file);
  const channels = sampled.map((lead) => readLead(lead, file, options));
  const leadCount = channels.length;
  checkSize({ leadCount, sampleCount: channels[0]!.values.length, samplingRateHz }, limits);
  const warnings: EcgWarning[] = [];
  return makeChannelRecord(
    { ...readFacts(observation), format: 'fhir', file, samplingRateHz, channels, warnings },
    options,
  );
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PqrError('format.header', `${shown(file)} is not valid JSON.`, { cause });
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** The Observation itself, or the only one with sampled data in a Bundle. */
function findObservation(json: unknown, file: string): unknown {
  if (!isObject(json) || json['resourceType'] !== 'Bundle') return json;
  const entries = Array.isArray(json['entry']) ? (json['entry'] as unknown[]) : [];
  const found = entries
    .map((entry) => (isObject(entry) ? entry['resource'] : undefined))
    .filter((resource) => isObject(resource) && hasSampledData(resource));
  if (found.length === 1) return found[0];
  throw new PqrError(
    'request.invalid',
    `${shown(file)} is a Bundle with ${found.length} Observations of sampled data; one is read.`,
    { hint: 'Save each Observation to a file of its own.' },
  );
}

function hasSampledData(resource: Record<string, unknown>): boolean {
  if (resource['resourceType'] !== 'Observation') return false;
  const components = resource['component'];
  const parts = Array.isArray(components) ? (components as unknown[]) : [];
  return [resource, ...parts].some((part) => isObject(part) && 'valueSampledData' in part);
}

function parseObservation(resource: unknown, file: string): Observation {
  const parsed = observationSchema.safeParse(resource);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue?.path.join('.') || 'the resource';
  throw new PqrError(
    'format.header',
    `${shown(file)} is no FHIR R4 Observation: ${shown(where)}: ${shown(issue?.message ?? 'invalid')}.`,
  );
}

interface Lead {
  readonly name: string;
  readonly data: SampledData;
}

function leadsOf({ component = [], code, valueSampledData }: Observation): Lead[] {
  const own =
    valueSampledData === undefined ? [] : [{ name: leadOf(code), data: valueSampledData }];
  const parts = component.flatMap((part) =>
    part.valueSampledData === undefined
      ? []
      : [{ name: leadOf(part.code), data: part.valueSampledData }],
  );
  return [...own, ...parts];
}

/** `MDC_ECG_ELEC_POTL_V1`, `MDC_ECG_LEAD_V1`, `Lead V1 (...)`, from a code, its display or its text. */
function leadOf(concept: Concept | undefined): string {
  const coding = concept?.coding ?? [];
  const names = [...coding.flatMap(({ display, code }) => [display, code]), concept?.text];
  for (const name of names) {
    const lead = /(?:MDC_ECG_(?:ELEC_POTL|LEAD)_|\bLead[ _-]+)([A-Za-z0-9]{1,4})\b/i.exec(
      name ?? '',
    );
    if (lead) return lead[1]!;
  }
  return concept?.text ?? coding[0]?.display ?? '';
}

function samplingRateOf(leads: readonly Lead[], file: string): number {
  const period = leads[0]!.data.period;
  const other = leads.find(({ data }) => data.period !== period || data.dimensions !== 1);
  if (other === undefined) return 1000 / period;
  const { period: otherPeriod, dimensions } = other.data;
  throw new PqrError(
    'format.unsupported',
    `${shown(file)}: lead ${shown(other.name)} has ${dimensions} dimensions every ${otherPeriod} ms; one every ${period} ms, as the first lead, is read.`,
  );
}

function readLead({ name, data: sampled }: Lead, file: string, options: ReadOptions): Channel {
  const { limits = DEFAULT_LIMITS, unit: givenUnit } = options;
  const { origin, factor = 1, data = '' } = sampled;
  const unit = origin.unit ?? origin.code ?? givenUnit ?? 'none';
  const millivolts = millivoltsPerUnit(origin.code ?? '') ?? millivoltsPerUnit(unit);
  if (millivolts === undefined || factor === 0) {
    throw new PqrError(
      'format.header',
      `${shown(file)}: lead ${shown(name)} is in '${shown(unit)}' with the factor ${factor}; a voltage is needed.`,
      { hint: 'Where the file says no unit, give it with --unit.' },
    );
  }
  const unitsPerMillivolt = millivolts >= 1 ? 1 / millivolts : Math.round(1 / millivolts);
  return {
    name,
    values: parseSamples(data, name, file, limits),
    adcPerMillivolt: unitsPerMillivolt / factor,
    baseline: origin.value ? -origin.value / factor : 0,
  };
}

/** Decimals separated by blanks; `E`, `U` and `L` are missing samples. */
function parseSamples(text: string, name: string, file: string, limits: Limits) {
  const words = text.trim().split(/\s+/, limits.sampleCount + 1);
  if (words.length === 1 && words[0] === '') return new Float64Array(0);
  checkLimit('sampleCount', words.length, shown(file), limits);
  const values = new Float64Array(words.length);
  let whole = true;
  for (const [index, word] of words.entries()) {
    const missing = word === 'E' || word === 'U' || word === 'L';
    const value = missing ? Number.NaN : parseDecimal(word);
    if (value === undefined) {
      throw new PqrError(
        'format.header',
        `${shown(file)}: sample ${index + 1} of ${shown(name)} is '${shown(word.slice(0, 40))}'; a number, E, U or L is needed.`,
      );
    }
    whole &&= Number.isInteger(value) && Math.abs(value) < 2 ** 31;
    values[index] = value;
  }
  return whole ? Int32Array.from(values) : values;
}

function readFacts(observation: Observation): RecordFacts {
  const { subject, interpretation = [], note = [], performer = [], identifier = [] } = observation;
  const people = [subject, ...performer];
  const start = observation.effectiveDateTime ?? observation.effectivePeriod?.start;
  const text = ({ text: own, coding = [] }: Concept) => own ?? coding[0]?.display;
  return {
    patient: patientOf({ id: subject?.reference?.replace(/^Patient\//, '') }),
    recordedAt: isoOfDigits(start?.replaceAll(/[-:T]/g, '')),
    report: distinctLines([...interpretation.map(text), ...note.map((one) => one.text)]).join('\n'),
    codes: distinctLines(
      interpretation.flatMap(({ coding = [] }) => coding.map(({ code }) => code)),
    ),
    identity: {
      names: people.map((one) => one?.display),
      others: [...people.map((one) => one?.identifier), ...identifier].map((one) => one?.value),
    },
  };
}
