/** Real files of each format, some with names written into the fields that hold them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Deidentifier } from '../../src/ecg/deidentify.js';
import type { EcgRecord } from '../../src/ecg/record.js';
import { type ReadOptions, readEcg, readEcgFiles } from '../../src/formats/read.js';

const SECOND = new URL('../fixtures/formats/second/', import.meta.url).pathname;
const site = new Deidentifier('c0ffee00112233445566778899aabbccddeeff0123456789');
const latin1 = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));

/** All that is said of a recording, without its samples. */
const said = ({ samples: _samples, ...facts }: EcgRecord) => JSON.stringify(facts);

/** A fixture with its bytes changed as text. */
function changed(file: string, change: (text: string) => string): Map<string, Uint8Array> {
  const text = readFileSync(join(SECOND, file), 'latin1');
  const after = change(text);
  expect(after).not.toBe(text);
  return new Map([[file.split('/')[1]!, latin1(after)]]);
}

async function bothWays(files: Map<string, Uint8Array>, options: ReadOptions = {}) {
  const plain = await readEcgFiles(files, options);
  const clean = await readEcgFiles(files, { ...options, deidentify: site.recording() });
  expect(clean.samples).toEqual(plain.samples);
  return { plain, clean };
}

const files = readdirSync(SECOND).flatMap((folder) => {
  if (folder.endsWith('.md')) return [];
  const { file } = JSON.parse(readFileSync(join(SECOND, folder, 'expected.json'), 'utf8'));
  return [join(folder, file as string)];
});

describe('de-identified on reading', () => {
  it.each(files)('%s says neither its patient id nor its day, and keeps all else', async (file) => {
    const { options = {} } = JSON.parse(
      readFileSync(join(SECOND, file, '../expected.json'), 'utf8'),
    );
    const plain = await readEcg(join(SECOND, file), options);
    const clean = await readEcg(join(SECOND, file), { ...options, deidentify: site.recording() });
    expect(clean.samples).toEqual(plain.samples);
    expect(clean.leads).toEqual(plain.leads);
    expect(clean.patient.sex).toBe(plain.patient.sex);
    expect(clean.patient.ageYears).toBe(plain.patient.ageYears);
    expect(clean.recordedAt === undefined).toBe(plain.recordedAt === undefined);
    if (plain.patient.id) {
      expect(clean.patient.id).toBe(site.patientId(plain.patient.id));
      expect(said(clean)).not.toContain(`"${plain.patient.id}"`);
    }
    if (plain.recordedAt) expect(said(clean)).not.toContain(plain.recordedAt.slice(0, 10));
  });

  it('takes the names of a DICOM header out of its statements', async () => {
    const name = 'Doe^Jane';
    const element = `\x10\x00\x10\x00PN${String.fromCharCode(name.length)}\x00${name}`;
    const { plain, clean } = await bothWays(
      changed('dicom-12-bits/ecg.dcm', (text) =>
        text
          .replace('\x10\x00\x20\x00LO', `${element}\x10\x00\x20\x00LO`)
          .replace('SINUS RHYTHM', 'DOE: SINUS R'),
      ),
    );
    expect(plain.report).toBe('DOE: SINUS R');
    expect(clean.report).toBe('[name]: SINUS R');
  });

  it('takes names, ids and dates of a MUSE header out of its statements', async () => {
    const { plain, clean } = await bothWays(
      changed('muse-layout/ecg.xml', (text) =>
        text
          .replace('NOT TO BE READ', 'Doe')
          .replace(
            '</PatientDemographics>',
            '<PatientFirstName>Jane</PatientFirstName></PatientDemographics>',
          )
          .replace(
            '<TestDemographics>',
            '<TestDemographics><OverreaderLastName>Weaver</OverreaderLastName><SiteName>St. Elsewhere</SiteName>',
          )
          .replace('Normal ECG', 'Jane DOE 9999 of St. Elsewhere, WEAVER read 12-01-1984'),
      ),
    );
    expect(plain.report).toContain('Jane DOE');
    expect(clean.report).toBe('Sinus rhythm\n[name] [name] [id] of [id], [name] read [date]');
    expect(clean.comments).toContain('Device QRS duration: 96 ms');
  });

  it('takes the names of an aECG out of its statements', async () => {
    const { plain, clean } = await bothWays(
      changed('aecg-biosig/ecg.xml', (text) =>
        text
          .replace(
            '<administrativeGenderCode',
            '<name><given>Jane</given><family>Doe</family></name><administrativeGenderCode',
          )
          .replace(
            '</series>',
            '<annotation><code code="MDC_ECG_INTERPRETATION_STATEMENT"/><value>Doe 9999: sinus</value></annotation></series>',
          ),
      ),
    );
    expect(plain.report).toBe('Doe 9999: sinus');
    expect(clean.report).toBe('[name] [id]: sinus');
  });

  it('leaves the annotations of an EDF+ file out and the name of a plain EDF file unread', async () => {
    const { plain, clean } = await bothWays(
      changed('edf-plus/ecg.edf', (text) =>
        text
          .replace('9999 M 01-DEC-1936 X       ', '9999 M 01-DEC-1936 Jane_Doe')
          .replace('Sinusrhythmus', 'Jane Doe ruht'),
      ),
    );
    expect(plain.comments.join()).toContain('Jane Doe ruht');
    expect(said(clean)).not.toMatch(/Jane|Doe|1936/);
  });

  it('takes the names of a FHIR Observation out of its notes', async () => {
    const { plain, clean } = await bothWays(
      changed('fhir-ekg/Observation-ekg.json', (text) =>
        text.replace(
          '"status": "final"',
          '"status": "final", "note": [{"text": "Heuvel, seen by Langeveld"}]',
        ),
      ),
      { unit: 'uV' },
    );
    expect(plain.report).toBe('Heuvel, seen by Langeveld');
    expect(clean.report).toBe('[name], seen by [name]');
  });

  it('takes what header comments of WFDB name out of the report, also within an archive', async () => {
    const header = `doe 1 500 4 10:11:12 02/03/2019\ndoe.dat 16 1000 16 0 0 0 0 II\n# Name: Jane Doe\n# MRN: 4711\n# Report: Jane Doe (4711): sinus rhythm\n`;
    const { plain, clean } = await bothWays(
      new Map([
        ['doe.hea', latin1(header)],
        ['doe.dat', new Uint8Array(8)],
      ]),
    );
    expect(plain.report).toContain('Jane Doe');
    expect(clean.report).toBe('[name] ([id]): sinus rhythm');
    expect(said(clean)).not.toMatch(/doe/i);
  });
});
