import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Deidentifier } from '../../src/ecg/deidentify.js';
import { IdentityNotes } from '../../src/ecg/identity.js';
import { type EcgRecordFields, makeRecord } from '../../src/ecg/record.js';
import { scrubText } from '../../src/ecg/scrub.js';

const KEY = 'c0ffee00112233445566778899aabbccddeeff0123456789';
const OTHER_KEY = KEY.replace('c0ffee', 'facade');

const record = (change: Partial<EcgRecordFields> = {}) =>
  makeRecord({
    leads: ['II'],
    samplingRateHz: 500,
    samples: Float32Array.of(0, 1, 0, -1),
    format: 'wfdb',
    patient: { id: '4711', ageYears: 93, sex: 'female' },
    recordedAt: '2019-03-02T10:11:12',
    ...change,
  });

function scrub(text: string, names: string[] = [], others: string[] = []): string {
  const notes = new IdentityNotes();
  notes.add({ names, others });
  return scrubText(text, notes);
}

describe('the site key', () => {
  it.each([[undefined], ['  '], ['short'], ['a'.repeat(64)]])(
    'is refused where it is %j',
    (key) => {
      expect(() => new Deidentifier(key)).toThrow(
        expect.objectContaining({
          code: 'deidentify.key',
          hint: expect.stringContaining('openssl rand -hex 32'),
        }),
      );
    },
  );

  it('is told by no error', () => {
    expect(() => new Deidentifier('hunter2')).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('hunter2') }),
    );
  });
});

describe('a de-identified recording', () => {
  const site = new Deidentifier(KEY);

  it('has a pseudonym that openssl gives as well', () => {
    // printf 'patient:4711' | openssl dgst -sha256 -hmac c0ffee00112233445566778899aabbccddeeff0123456789
    expect(site.recording().record(record()).patient.id).toBe('p-67ffd8cc608e17b31e799e5b93c2ecd6');
  });

  it('keeps sex and samples, and says 90 for every age over 89', () => {
    const before = record();
    const { patient, samples } = site.recording().record(before);
    expect(patient).toMatchObject({ ageYears: 90, sex: 'female' });
    expect(samples).toBe(before.samples);
    expect(site.recording().record(record({ patient: { ageYears: 89 } })).patient.ageYears).toBe(
      89,
    );
  });

  it('keeps the days between recordings of a patient and moves them into the past', () => {
    const moved = (recordedAt: string) =>
      site.recording().record(record({ recordedAt })).recordedAt!;
    const days = (Date.parse(moved('2019-03-12')) - Date.parse(moved('2019-03-02'))) / 86_400_000;
    expect(days).toBe(10);
    expect(moved('2019-03-02T10:11:12')).toMatch(/^20(?:1[3-9])-\d\d-\d\dT10:11:12$/);
    expect(moved('2019-03-02') < '2019-02-01').toBe(true);
  });

  it('moves each patient by another number of days, and with another key as well', () => {
    const patients = Array.from({ length: 50 }, (_, index) => site.patientId(`${index}`));
    expect(new Set(patients.map((one) => site.shiftDays(one))).size).toBeGreaterThan(40);
    const other = new Deidentifier(OTHER_KEY);
    expect(other.patientId('4711')).not.toBe(site.patientId('4711'));
    expect(other.fingerprint).not.toBe(site.fingerprint);
  });

  it('has a date of its own where the file names no patient', () => {
    const one = site.recording().record(record({ patient: {} }));
    expect(one.patient).toEqual({});
    expect(one.recordedAt).not.toBe('2019-03-02T10:11:12');
    expect(site.recording().record(record({ patient: {}, recordedAt: '2019' })).recordedAt).toBe(
      undefined,
    );
  });

  it('keeps comments that the readers made of measurements and no others', () => {
    const comments = [
      'Device QRS duration: 96 ms',
      'Device: Cart 5',
      'Name: Jane Doe',
      'At 0.5 s: Mrs Doe coughs',
    ];
    const { comments: kept, report } = site
      .recording()
      .record(record({ comments, report: 'Jane Doe: sinus rhythm' }));
    expect(kept.slice(0, 2)).toEqual(comments.slice(0, 2));
    expect(kept.join()).not.toContain('Doe');
    expect(report).toBe('[name]: sinus rhythm');
  });

  it('names no file in its warnings and no id among its codes', () => {
    const warnings = [{ code: 'format.longer', message: "'DOE_JANE.dat' is longer." }];
    const { warnings: kept, codes } = site
      .recording()
      .record(record({ warnings, codes: ['426783006', '4711', 'Doe, Jane 1950'] }), [
        'DOE_JANE.dat',
        'DOE_JANE',
      ]);
    expect(kept[0]!.message).toBe("'[file]' is longer.");
    expect(codes).toEqual(['426783006']);
  });
});

describe('scrubbing', () => {
  it.each([
    ['SMITH, JOHN has sinus rhythm', 'Smith^John', '[name], [name] has sinus rhythm'],
    ['Wu Li, LI axis, Vorhofflimmern', 'Li^Wu', '[name] [name], LI axis, Vorhofflimmern'],
    ['Müller-Lüdenscheidt: normal', 'Müller-Lüdenscheidt', '[name]: normal'],
    ['Smithson keeps his name', 'Smith^John', 'Smithson keeps his name'],
    ['the axis of van Gogh', 'van^der', 'the axis of van Gogh'],
  ])('takes names of the header out of %j', (text, name, expected) => {
    expect(scrub(text, [name])).toBe(expected);
  });

  it.each([
    ['patient 9999 at St. Elsewhere', ['9999', 'St. Elsewhere'], 'patient [id] at [id]'],
    ['rate 100 bpm', ['100'], 'rate 100 bpm'],
    ['case A-12/3', ['A-12/3'], 'case [id]'],
  ])(
    'takes ids of the header out of %j unless they may be measurements',
    (text, others, expected) => {
      expect(scrub(text, [], others)).toBe(expected);
    },
  );

  it.each([
    ['seen 2019-03-02, 02.03.2019, 3/2/19', 'seen [date], [date], [date]'],
    ['on 12 March 2019 and 3. Mai 2020', 'on [date] and [date]'],
    ['call +49 89 1234567 or a.b@c.de', 'call [id] or [id]'],
    ['Confirmed by SMITH, JOHN (12) today\nsinus rhythm', 'Confirmed by [name]\nsinus rhythm'],
    ['Dr. med. Anna Weiß sah Frau Maier', 'Dr. med. [name] sah Frau [name]'],
    ['order 12345678', 'order [id]'],
  ])('takes what looks like identity out of %j', (text, expected) => {
    expect(scrub(text)).toBe(expected);
  });

  it.each([
    'Sinus rhythm, rate 72/min, PR 160 ms, QRS 96 ms, QT/QTc 400/420 ms, axis -30 degrees',
    'ST elevation 0.15 mV in V1-V3; T wave inversion in II, III, aVF',
    'sinusrhythmus. lagetyp normal. 3 septale q-zacken. may be 1.5 mm',
    'Minnesota 1-1-1? no: 5.2 mmol, 12.5 mm/s',
  ])('leaves %j as it is', (text) => {
    expect(scrub(text)).toBe(text);
  });

  it('leaves no whole word of a name, whatever the text and the name', () => {
    const word = fc
      .stringMatching(/^[A-Za-z]{3,12}$/)
      .filter(
        (one) =>
          !/^(?:von|van|den|der|and|the|med|prof|mrs|phd|anonymous|unknown|name|date)$/i.test(one),
      );
    fc.assert(
      fc.property(word, word, fc.string({ maxLength: 40 }), (first, last, around) => {
        const text = `${around} ${first.toUpperCase()} ${around} ${last.toLowerCase()}`;
        const words = scrub(text, [`${last}^${first}`])
          .toLowerCase()
          .split(/[^\p{L}\d]+/u);
        expect(words).not.toContain(first.toLowerCase());
        expect(words).not.toContain(last.toLowerCase());
      }),
      { seed: 5, numRuns: 300 },
    );
  });
});
