/**
 * A draft as a FHIR R4 DiagnosticReport (hl7.org/fhir/R4/diagnosticreport.html), status
 * `preliminary`, with the measured values as contained Observations: the heart rate after the
 * heart-rate profile (LOINC 8867-4, UCUM /min), PR, QRS, QT, QTc (Bazett) and the QRS axis. Findings stand in the conclusion's text only: a draft codes no
 * diagnosis.
 */
import { formatText } from './format-text.js';
import type { ReportDraft } from './ports.js';

const LOINC = 'http://loinc.org';
const UCUM = 'http://unitsofmeasure.org';
const ABSENT = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason';

export interface FhirOptions {
  /** The patient's identifier, where the receiver may have it. */
  readonly patientId?: string;
}

export type FhirResource = Readonly<Record<string, unknown>> & { readonly resourceType: string };

/** The DiagnosticReport resource, ready for JSON. Times without a zone become dates. */
export function formatFhir(draft: ReportDraft, options: FhirOptions = {}): FhirResource {
  const subject = subjectOf(options);
  const effective = effectiveOf(draft.recordedAt);
  const observations = MEASURED.flatMap((one) => {
    const value = numberOf(draft, one.number);
    return value === undefined ? [] : [observationOf(one, value, { subject, effective })];
  });
  return {
    resourceType: 'DiagnosticReport',
    ...(observations.length > 0 ? { contained: observations } : {}),
    identifier: [{ system: 'urn:pqrsearch:ecg', value: draft.ecgId }],
    status: 'preliminary',
    category: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/v2-0074',
            code: 'EC',
            display: 'Electrocardiac (e.g., EKG, EEC, Holter)',
          },
        ],
      },
    ],
    code: {
      coding: [{ system: LOINC, code: '11524-6', display: 'EKG study' }],
      text: 'ECG report',
    },
    subject,
    ...effective,
    ...(observations.length > 0
      ? { result: observations.map(({ id }) => ({ reference: `#${id}` })) }
      : {}),
    conclusion: conclusionOf(draft),
    presentedForm: [
      {
        contentType: 'text/plain; charset=utf-8',
        language: 'en',
        data: Buffer.from(formatText(draft), 'utf8').toString('base64'),
        title: 'ECG report, draft',
      },
    ],
  };
}

interface MeasuredKind {
  /** Name of the number in the evidence. */
  readonly number: string;
  readonly id: string;
  readonly loinc: string;
  readonly text: string;
  readonly category: 'vital-signs' | 'procedure';
  readonly unit: string;
  /** UCUM. */
  readonly code: string;
}

const MILLISECONDS = { category: 'procedure', unit: 'ms', code: 'ms' } as const;

const MEASURED: readonly MeasuredKind[] = [
  {
    ...{ number: 'heartRateBpm', id: 'heart-rate', loinc: '8867-4', text: 'Heart rate' },
    ...{ category: 'vital-signs', unit: 'beats/minute', code: '/min' },
  },
  ...[
    { number: 'prMilliseconds', id: 'pr', loinc: '8625-6', text: 'P-R interval' },
    { number: 'qrsMilliseconds', id: 'qrs', loinc: '8633-0', text: 'QRS duration' },
    { number: 'qtMilliseconds', id: 'qt', loinc: '8634-8', text: 'Q-T interval' },
    {
      ...{ number: 'qtcBazettMilliseconds', id: 'qtc', loinc: '76635-2' },
      text: 'Q-T interval corrected based on Bazett formula',
    },
  ].map((one) => ({ ...one, ...MILLISECONDS })),
  {
    ...{ number: 'qrsAxisDegrees', id: 'qrs-axis', loinc: '8632-2', text: 'QRS axis' },
    ...{ category: 'procedure', unit: 'degrees', code: 'deg' },
  },
];

function numberOf(draft: ReportDraft, number: string): number | undefined {
  return draft.evidence.find(({ numbers }) => numbers[number] !== undefined)?.numbers[number];
}

function subjectOf({ patientId }: FhirOptions): Readonly<Record<string, unknown>> {
  return patientId === undefined
    ? { display: 'Patient not identified' }
    : { type: 'Patient', identifier: { value: patientId } };
}

/** FHIR wants a zone with every time of day; a local time is given as its date. */
function effectiveOf(recordedAt: string | undefined): Readonly<Record<string, unknown>> {
  const parts = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2}))?/.exec(
    recordedAt ?? '',
  );
  if (parts) return { effectiveDateTime: parts[2] ? parts[0] : parts[1] };
  return { _effectiveDateTime: { extension: [{ url: ABSENT, valueCode: 'unknown' }] } };
}

const CATEGORY_NAMES = { 'vital-signs': 'Vital Signs', procedure: 'Procedure' } as const;

function observationOf(
  { id, loinc, text, category, unit, code }: MeasuredKind,
  value: number,
  {
    subject,
    effective,
  }: {
    subject: Readonly<Record<string, unknown>>;
    effective: Readonly<Record<string, unknown>>;
  },
): FhirResource {
  return {
    resourceType: 'Observation',
    id,
    status: 'preliminary',
    category: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/observation-category',
            code: category,
            display: CATEGORY_NAMES[category],
          },
        ],
      },
    ],
    code: { coding: [{ system: LOINC, code: loinc, display: text }], text },
    subject,
    ...effective,
    valueQuantity: { value: Math.round(value * 10) / 10, unit, system: UCUM, code },
  };
}

function conclusionOf(draft: ReportDraft): string {
  const sentences = draft.sections
    .filter(({ name }) => name !== 'quality' && name !== 'limits')
    .flatMap((section) => section.sentences.map(({ text }) => text));
  return [...sentences, draft.disclaimer].join(' ');
}
