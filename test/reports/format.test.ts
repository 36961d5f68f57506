import { beforeAll, describe, expect, it } from 'vitest';
import type { Knowledge } from '../../src/knowledge/knowledge.js';
import { draftReport } from '../../src/reports/draft.js';
import { formatFhir } from '../../src/reports/format-fhir.js';
import { formatText } from '../../src/reports/format-text.js';
import type { ReportDraft, ReportSubject } from '../../src/reports/ports.js';
import { delineateClassical } from '../../src/signal/delineate-classical.js';
import { measure } from '../../src/signal/measure.js';
import { ownKnowledge } from '../knowledge/support.js';
import { loadFixture, SINUS } from '../signal/records.js';
import { FIVE_CASES, finding, SUBJECT } from './support.js';

let knowledge: Knowledge;
beforeAll(async () => {
  knowledge = await ownKnowledge();
});
const draft = (subject: Partial<ReportSubject> = {}): Promise<ReportDraft> =>
  draftReport(
    { ...SUBJECT, ...subject },
    {
      knowledge,
      topFindings: async () => [
        finding(knowledge, { key: 'LVH' }),
        finding(knowledge, { key: 'SBRAD' }),
      ],
      similarCases: async () => FIVE_CASES,
    },
  );

describe('formatText', () => {
  it('shows every sentence with its evidence, the evidence, what was left out, the disclaimer', async () => {
    const report = await draft();
    const text = formatText(report);
    for (const { sentences } of report.sections) {
      for (const one of sentences)
        expect(text).toContain(`${one.text} [${one.evidence.join(', ')}]`);
    }
    for (const one of report.evidence) expect(text).toContain(one.text);
    expect(report.dropped).toHaveLength(1);
    expect(text).toContain('LEFT OUT');
    expect(text).toContain(report.dropped[0]!.message);
    expect(text.startsWith('ECG REPORT - DRAFT, NOT A DIAGNOSIS\n')).toBe(true);
    expect(text.endsWith(`${report.disclaimer}\n`)).toBe(true);
  });
});

interface Fhir {
  contained?: { id: string; valueQuantity: unknown; code: { coding: { code: string }[] } }[];
  result?: { reference: string }[];
  presentedForm: { data: string }[];
  [field: string]: unknown;
}

describe('formatFhir', () => {
  it('is a preliminary DiagnosticReport with the heart rate as a contained Observation', async () => {
    const report = await draft();
    const fhir = formatFhir(report) as unknown as Fhir;
    expect(fhir).toMatchObject({
      resourceType: 'DiagnosticReport',
      status: 'preliminary',
      code: { coding: [{ system: 'http://loinc.org', code: '11524-6' }] },
      subject: { display: 'Patient not identified' },
      effectiveDateTime: '1992-03-04',
      result: [{ reference: '#heart-rate' }],
    });
    expect(fhir.contained).toMatchObject([
      {
        resourceType: 'Observation',
        id: 'heart-rate',
        status: 'preliminary',
        category: [{ coding: [{ code: 'vital-signs' }] }],
        code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
        effectiveDateTime: '1992-03-04',
        subject: { display: 'Patient not identified' },
        valueQuantity: { value: 87.4, system: 'http://unitsofmeasure.org', code: '/min' },
      },
    ]);
    const form = Buffer.from(fhir.presentedForm[0]!.data, 'base64').toString('utf8');
    expect(form).toBe(formatText(report));
  });

  it('gives the intervals and the axis as Observations with LOINC and UCUM codes', async () => {
    const record = await loadFixture(SINUS);
    const measurements = measure(record, delineateClassical(record));
    const fhir = formatFhir(await draft({ measurements })) as unknown as Fhir;
    const coded = fhir.contained!.map(({ code, valueQuantity }) => [
      code.coding[0]!.code,
      valueQuantity,
    ]);
    expect(coded.map(([code]) => code)).toEqual([
      ...['8867-4', '8625-6', '8633-0', '8634-8', '76635-2', '8632-2'],
    ]);
    expect(coded[1]![1]).toEqual({
      value: Math.round(measurements.prMilliseconds! * 10) / 10,
      ...{ unit: 'ms', system: 'http://unitsofmeasure.org', code: 'ms' },
    });
    expect(fhir.result).toHaveLength(6);
  });

  it('codes no diagnosis and says that it is none', async () => {
    const fhir = formatFhir(await draft());
    expect(fhir).not.toHaveProperty('conclusionCode');
    expect(fhir['conclusion']).toMatch(/left ventricular hypertrophy.*not a diagnosis/s);
  });

  it('refers to contained resources only where they are, and leaves nothing empty', async () => {
    const noRate = { rhythm: { heartRateBpm: null, rrMilliseconds: null } };
    for (const subject of [{}, noRate]) {
      const fhir = formatFhir(await draft(subject)) as unknown as Fhir;
      const contained = (fhir.contained ?? []).map(({ id }) => `#${id}`);
      expect((fhir.result ?? []).map(({ reference }) => reference)).toEqual(contained);
      expect(contained).toHaveLength(subject === noRate ? 0 : 1);
      expect(JSON.stringify(fhir)).not.toMatch(/null|\[\]|\{\}|""/);
    }
  });

  it.each([
    ['1992-03-04T10:20:30+01:00', '1992-03-04T10:20:30+01:00'],
    ['1992-03-04T10:20:30Z', '1992-03-04T10:20:30Z'],
    ['1992-03-04 10:20:30', '1992-03-04'],
    ['1992-03-04', '1992-03-04'],
  ])('gives %s as %s', async (recordedAt, effectiveDateTime) => {
    expect(formatFhir(await draft({ recordedAt }))).toMatchObject({ effectiveDateTime });
  });

  it('says that the time is unknown where it is', async () => {
    const { recordedAt: _, ...subject } = SUBJECT;
    const report = await draftReport(subject, {
      knowledge,
      topFindings: async () => [],
      similarCases: async () => [],
    });
    const fhir = formatFhir(report);
    expect(fhir).not.toHaveProperty('effectiveDateTime');
    expect(fhir['_effectiveDateTime']).toMatchObject({ extension: [{ valueCode: 'unknown' }] });
  });

  it('names the patient only where it is given', async () => {
    const report = await draft();
    expect(JSON.stringify(formatFhir(report))).not.toContain('"p0"');
    expect(formatFhir(report, { patientId: 'p0' })['subject']).toEqual({
      type: 'Patient',
      identifier: { value: 'p0' },
    });
  });
});
