/** Files in formats of their own that can't be read: each is refused with what is wrong and where. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findRecordings } from '../../src/formats/find.js';
import { readEcg, readEcgFiles } from '../../src/formats/read.js';
import { decodeXli } from '../../src/formats/xli.js';
import { bytesOf, caught, limitsWith, secondFile, temporaryFolder } from './support.js';

const read = (bytes: Uint8Array, more: object = {}) =>
  readEcgFiles(new Map([['x.bin', bytes]]), more);

/** The bytes with one text put in place of another of the same length. */
function replaced(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const copy = Buffer.from(bytes);
  const at = copy.indexOf(from, 0, 'latin1');
  if (at === -1 || from.length !== to.length) throw new Error(`${from} can't be replaced`);
  copy.write(to, at, 'latin1');
  return new Uint8Array(copy);
}

describe('what is in a format and still no ECG to read', () => {
  const dicom = secondFile('dicom-implicit', 'ecg.dcm');
  const edf = secondFile('edf-plus', 'ecg.edf');
  const muse = secondFile('muse-layout', 'ecg.xml');
  const scp = secondFile('scp-huffman', 'ecg.scp');
  const philips = secondFile('philips-1.03', '129DYPRG.xml');

  it('DICOM: other transfer syntaxes, missing scale, cut samples', async () => {
    const big = replaced(dicom, '1.2.840.10008.1.2\0', '1.2.840.10008.1.9\0');
    expect((await caught(read(big))).message).toContain('transfer syntax 1.2.840.10008.1.9');
    const cut = await caught(read(dicom.subarray(0, dicom.length - 5000)));
    expect(cut.code).toBe('format.truncated');
    const unit = replaced(dicom, 'uV', 'mm');
    const dropped = await read(unit);
    expect(dropped.leads).toHaveLength(11);
    expect(dropped.warnings.map(({ code }) => code)).toEqual(['format.signal-dropped']);
  });

  it('EDF: no ECG among the signals, cut records', async () => {
    let sleep = edf;
    for (let lead = 0; lead < 12; lead++) sleep = replaced(sleep, 'ECG ', 'EEG ');
    const error = await caught(read(sleep));
    expect(error.code).toBe('record.invalid');
    expect(error.message).toContain('EEG I (uV)');
    expect((await caught(read(edf.subarray(0, edf.length - 1)))).code).toBe('format.truncated');
  });

  it('EDF+D: gaps of whole records are missing samples', async () => {
    const gap = replaced(replaced(edf, 'EDF+C', 'EDF+D'), '+1\x14\x14', '+3\x14\x14');
    const { sampleCount, samples, warnings } = await read(gap);
    expect(sampleCount).toBe(2000);
    expect(samples.subarray(500, 1500).every(Number.isNaN)).toBe(true);
    expect(samples.subarray(1500, 2000).some(Number.isNaN)).toBe(false);
    expect(warnings.map(({ code }) => code)).toContain('format.gap');
  });

  it('MUSE: entities in the document type, other sample sizes, lost samples', async () => {
    const text = Buffer.from(muse).toString();
    const hostile = text.replace('"restecg.dtd"', '"restecg.dtd" [<!ENTITY a "b">]');
    expect((await caught(read(bytesOf(hostile)))).code).toBe('format.unsupported');
    const four = text.replaceAll('<LeadSampleSize>2', '<LeadSampleSize>4');
    expect((await caught(read(bytesOf(four)))).message).toContain('samples of 4 bytes');
    const more = text.replaceAll('Total>1000<', 'Total>1001<');
    expect((await caught(read(bytesOf(more)))).message).toContain('1000 samples, 1001 are');
  });

  it('SCP-ECG: bimodal compression, missing rhythm, a wrong checksum', async () => {
    const sections = Buffer.from(scp);
    const pointer = 22 + 10 * 6; // section 6
    const rhythm = sections.readUInt32LE(pointer + 6) - 1 + 16;
    const bimodal = scp.slice();
    bimodal[rhythm + 5] = 1;
    expect((await caught(read(bimodal))).message).toContain('bimodal compression');
    const none = scp.slice();
    none.fill(0, pointer + 2, pointer + 6);
    expect((await caught(read(none))).message).toContain('no section 6');
    const other = replaced(scp, 'NOT TO BE', 'not to be');
    expect((await read(other)).warnings.map(({ code }) => code)).toEqual(['format.checksum']);
  });

  it('Philips: other versions and lengths', async () => {
    const version = replaced(philips, '<documentversion>1.03', '<documentversion>9.03');
    expect((await caught(read(version))).message).toContain('version 9.03');
    const longer = replaced(philips, 'durationperchannel="11000"', 'durationperchannel="11002"');
    const error = await caught(read(longer));
    expect(error.message).toContain('lead 1 holds 5500 samples, 5501 are announced');
  });

  it('Philips: uncompressed waveforms are read, with a warning that they are not checked', async () => {
    const text = Buffer.from(philips).toString('latin1');
    const base64 = /nbitspersample="16">([^<]*)</.exec(text)![1]!;
    const leads = decodeXli(new Uint8Array(Buffer.from(base64, 'base64')), 5500, 'x.xml');
    const plain = Buffer.concat(leads.map((lead) => new Uint8Array(lead.buffer))).toString(
      'base64',
    );
    const uncompressed = text.replace(base64, plain).replace('"XLI"', '"None"');
    const record = await read(new Uint8Array(Buffer.from(uncompressed, 'latin1')));
    expect(record.samples).toEqual((await read(philips)).samples);
    expect(record.warnings.map(({ code }) => code)).toEqual(['format.experimental']);
  });

  it('MAT and FHIR: no unit is ever assumed', async () => {
    const mat = secondFile('mat5-plain', 'ecg.mat');
    expect((await caught(read(mat))).message).toContain('sampling rate');
    expect((await caught(read(mat, { samplingRateHz: 500 }))).hint).toContain('--unit');
    const fhir = secondFile('fhir-ekg', 'Observation-ekg.json');
    expect((await caught(read(fhir))).hint).toContain('--unit');
    const microvolts = await read(fhir, { unit: 'uV' });
    const millivolts = await read(fhir, { unit: 'mV' });
    expect(millivolts.samples[0]! / microvolts.samples[0]!).toBeCloseTo(1000, 3);
  });

  it('anything longer or wider than the limits, before it is decoded', async () => {
    const limits = limitsWith({ durationSeconds: 1 });
    for (const bytes of [dicom, edf, muse, scp, philips, secondFile('ishne', 'ecg.ecg')]) {
      expect((await caught(read(bytes, { limits }))).message).toContain('durationSeconds');
    }
    const narrow = limitsWith({ leadCount: 4 });
    for (const bytes of [dicom, edf, muse, scp, philips]) {
      expect((await caught(read(bytes, { limits: narrow }))).message).toContain('leadCount');
    }
  });
});

describe('a folder scan', () => {
  it('passes over files that are in these formats and surely no ECG', async () => {
    const folder = temporaryFolder();
    const dicom = secondFile('dicom-implicit', 'ecg.dcm');
    const image = replaced(dicom, '1.2.840.10008.5.1.4.1.1.9.1.1', '1.2.840.10008.5.1.4.1.1.2.1.1');
    writeFileSync(join(folder, 'ct.dcm'), image);
    writeFileSync(join(folder, 'lab.json'), '{"resourceType": "Observation", "valueString": "x"}');
    writeFileSync(join(folder, 'notes.xml'), '<notes/>');
    writeFileSync(join(folder, 'data.bin'), new Uint8Array([1, 2, 3, 0, 200]));
    mkdirSync(join(folder, 'inner'));
    writeFileSync(join(folder, 'inner', 'ecg'), dicom);
    const found = [];
    for await (const { path, error } of findRecordings([folder])) found.push([path, error?.code]);
    expect(found).toEqual([[`${folder}/inner/ecg`, undefined]]);
    expect((await caught(readEcg(join(folder, 'notes.xml')))).message).toContain('looks like XML');
  });
});

describe('text made to slow a reader down', () => {
  it('ends in an error long before the time limit of a test', async () => {
    const muse = Buffer.from(secondFile('muse-layout', 'ecg.xml')).toString();
    const at = muse.lastIndexOf('</WaveFormData>');
    const blanks = `${muse.slice(0, at)}${' '.repeat(300_000)}!${muse.slice(at)}`;
    const open = `<AnnotatedECG>${'<a>'.repeat(60)}${'<b/>'.repeat(400_000)}`;
    const texts = [blanks, open, `<RestingECG>${'<'.repeat(300_000)}`];
    for (const text of texts) await caught(read(bytesOf(text)));
  });
});
