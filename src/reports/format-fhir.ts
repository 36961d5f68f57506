/**
 * A draft as a FHIR R4 DiagnosticReport (hl7.org/fhir/R4/diagnosticreport.html), status
 * `preliminary`, with the measured heart rate as a contained Observation after the heart-rate
 * profile (LOINC 8867-4, UCUM /min). Findings stand in the conclusion's text only: a draft codes no
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
  const heartRateBpm = heartRateOf(draft);
  const subject = subjectOf(options);
  const effective = effectiveOf(draft.recordedAt);
  const observation =
    heartRateBpm === undefined ? undefined : heartRate(heartRateBpm, subject, effective);
  return {
    resourceType: 'DiagnosticReport',
    ...(observation ? { contained: [observation] } : {}),
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
    ...(observation ? { result: [{ reference: '#heart-rate' }] } : {}),
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

function heartRateOf(draft: ReportDraft): number | undefined {
  return draft.evidence.find(({ numbers }) => numbers['heartRateBpm'] !== undefined)?.numbers[
    'heartRateBpm'
  ];
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

function heartRate(
  bpm: number,
  subject: Readonly<Record<string, unknown>>,
  effective: Readonly<Record<string, unknown>>,
): FhirResource {
  return {
    resourceType: 'Observation',
    id: 'heart-rate',
    status: 'preliminary',
    category: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/observation-category',
            code: 'vital-signs',
            display: 'Vital Signs',
          },
        ],
      },
    ],
    code: {
      coding: [{ system: LOINC, code: '8867-4', display: 'Heart rate' }],
      text: 'Heart rate',
    },
    subject,
    ...effective,
    valueQuantity: {
      value: Math.round(bpm * 10) / 10,
      unit: 'beats/minute',
      system: UCUM,
      code: '/min',
    },
  };
}

function conclusionOf(draft: ReportDraft): string {
  const sentences = draft.sections
    .filter(({ name }) => name !== 'quality' && name !== 'limits')
    .flatMap((section) => section.sentences.map(({ text }) => text));
  return [...sentences, draft.disclaimer].join(' ');
}
