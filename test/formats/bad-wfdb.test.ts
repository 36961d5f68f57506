import {
  chmodSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileError } from '../../src/formats/byte-source.js';
import { readEcg, readEcgFiles } from '../../src/formats/read.js';
import { bytesOf, caught, edit, goldenFiles, limitsWith, temporaryFolder } from './support.js';

/** A copy of the 12-lead fixture, its header and signal file. */
function twelveLeads() {
  const folder = temporaryFolder('ptbxl-16');
  return { folder, hea: join(folder, '00001_hr.hea'), dat: join(folder, '00001_hr.dat') };
}

const codesOf = (record: { warnings: readonly { code: string }[] }) =>
  record.warnings.map((warning) => warning.code);

describe('a header that lies about samples', () => {
  it('is told with got and needed bytes when the file is shorter', async () => {
    const { hea, dat } = twelveLeads();
    truncateSync(dat, 20_000);
    const error = await caught(readEcg(hea));
    expect(error.code).toBe('format.truncated');
    expect(error.message).toContain('20000 bytes');
    expect(error.message).toContain('24000');
    expect(error.message).toContain('833 of 1000');
  });

  it('is told when it says more samples than there are', async () => {
    const { hea } = twelveLeads();
    edit(hea, (text) => text.replace('500 1000', '500 100000000000'));
    expect((await caught(readEcg(hea))).code).toBe('format.truncated');
  });

  it('is a warning when it says fewer', async () => {
    const { hea } = twelveLeads();
    edit(hea, (text) => text.replace('500 1000', '500 500'));
    const record = await readEcg(hea);
    expect(record.sampleCount).toBe(500);
    expect(codesOf(record)).toEqual(['format.longer', 'format.checksum']);
  });

  it('is told when the count is none', async () => {
    for (const count of ['-1000', '12.5', 'many']) {
      const { hea } = twelveLeads();
      edit(hea, (text) => text.replace('500 1000', `500 ${count}`));
      const error = await caught(readEcg(hea));
      expect(error.code).toBe('format.header');
      expect(error.message).toContain(count);
    }
  });
});

describe('a header that lies about leads', () => {
  it('is told when it has other lines than it announces', async () => {
    for (const count of [11, 13]) {
      const { hea } = twelveLeads();
      edit(hea, (text) => text.replace('00001_hr 12 ', `00001_hr ${count} `));
      const error = await caught(readEcg(hea));
      expect(error.code).toBe('format.inconsistent');
      expect(error.message).toContain(`announces ${count} signals but has 12 signal lines`);
    }
  });

  it('is told when it leaves a lead out, first, middle or last', async () => {
    for (const line of [1, 5, 12]) {
      const { hea } = twelveLeads();
      edit(hea, (text) => {
        const lines = text.replace('00001_hr 12 ', '00001_hr 11 ').split('\n');
        lines.splice(line, 1);
        return lines.join('\n');
      });
      const error = await caught(readEcg(hea));
      expect(error.code).toBe('format.inconsistent');
      expect(error.message).toContain('holds 12 signals');
      expect(error.message).toContain('names 11');
    }
  });

  it('is told when it adds one', async () => {
    const { hea } = twelveLeads();
    edit(
      hea,
      (text) =>
        `${text.replace('00001_hr 12 ', '00001_hr 13 ')}00001_hr.dat 16 1000/mV 16 0 0 0 0 V7\n`,
    );
    expect((await caught(readEcg(hea))).code).toBe('format.truncated');
  });

  it('is told against the matrix in a MAT file', async () => {
    const folder = temporaryFolder('challenge-mat4');
    edit(join(folder, 'A0001.hea'), (text) =>
      text.replace('A0001 12 ', 'A0001 11 ').replace(/.* V6\n/, ''),
    );
    const error = await caught(readEcg(join(folder, 'A0001')));
    expect(error.code).toBe('format.inconsistent');
    expect(error.message).toContain('12 signals of 1000 samples');
  });

  it('names the leads whose checksum does not fit', async () => {
    const { hea, dat } = twelveLeads();
    const bytes = readFileSync(dat);
    bytes[24 * 10 + 2]! ^= 1; // lead II, sample 10
    writeFileSync(dat, bytes);
    const { warnings } = await readEcg(hea);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({ code: 'format.checksum', leads: ['II'] });
  });
});

describe('a header that lies about gain or rate', () => {
  it('is told when a gain is not finite', async () => {
    for (const gain of ['nan', 'inf', '-inf', 'NaN', '1e-300', '1e300', 'x']) {
      const { hea } = twelveLeads();
      edit(hea, (text) => text.replace(/1000\.0\(0\)\/mV(.*) V3/, `${gain}/mV$1 V3`));
      const error = await caught(readEcg(hea));
      expect(error.code, gain).toBe('format.header');
      expect(error.message).toContain('signal 9 (V3)');
      expect(error.message).toContain(gain);
    }
  });

  it('reads a negative gain as an inverted lead and no gain as 200 a millivolt', async () => {
    const { hea } = twelveLeads();
    const before = await readEcg(hea);
    edit(hea, (text) => text.replace(/1000\.0\(0\)\/mV(.*) I\n/, '-1000(0)/mV$1 I\n'));
    edit(hea, (text) => text.replace(/1000\.0\(0\)\/mV(.*) II\n/, '0/mV$1 II\n'));
    const after = await readEcg(hea);
    expect(after.samples[7]).toBe(-before.samples[7]!);
    expect(after.samples[1007]).toBeCloseTo(before.samples[1007]! * 5, 5);
    expect(after.adcPerMillivolt?.slice(0, 3)).toEqual([1000, 200, 1000]);
  });

  it('is told when the rate is none, or none that an ECG has', async () => {
    for (const rate of ['0', '-500', 'nan', '/500']) {
      const { hea } = twelveLeads();
      edit(hea, (text) => text.replace('500 1000', `${rate} 1000`));
      expect((await caught(readEcg(hea))).code, rate).toBe('format.header');
    }
    const { hea } = twelveLeads();
    edit(hea, (text) => text.replace('500 1000', '5 1000'));
    const error = await caught(readEcg(hea));
    expect(error.code).toBe('record.invalid');
    expect(error.message).toContain('5 Hz');
  });

  it('leaves an impossible age out', async () => {
    const ages = {
      '300': 90,
      '131': undefined,
      NaN: undefined,
      '-3': undefined,
      '>89': 90,
      '0': 0,
    };
    for (const [text, ageYears] of Object.entries(ages)) {
      const files = goldenFiles('ptbxl-16');
      const header = new TextDecoder().decode(files.get('00001_hr.hea'));
      files.set('00001_hr.hea', bytesOf(`${header}# Age: ${text}\n`));
      expect((await readEcgFiles(files)).patient.ageYears, text).toBe(ageYears);
    }
  });
});

describe('a header that names other files', () => {
  it('is refused when they lie outside its folder', async () => {
    for (const name of [
      '../../etc/passwd',
      '/etc/passwd',
      'a/../../b.dat',
      '..\\x.dat',
      'C:\\x.dat',
    ]) {
      const { hea } = twelveLeads();
      edit(hea, (text) => text.replaceAll('00001_hr.dat', name));
      const error = await caught(readEcg(hea));
      expect(error.code, name).toBe('format.escape');
      const files = new Map([['x.hea', new Uint8Array(readFileSync(hea))]]);
      expect((await caught(readEcgFiles(files))).code, name).toBe('format.escape');
    }
  });

  it('is refused when a link leads out, and read when it stays inside', async () => {
    const { folder, hea, dat } = twelveLeads();
    const outside = join(temporaryFolder(), 'outside.dat');
    writeFileSync(outside, readFileSync(dat));
    symlinkSync(outside, join(folder, 'link.dat'));
    edit(hea, (text) => text.replaceAll('00001_hr.dat', 'link.dat'));
    expect((await caught(readEcg(hea))).code).toBe('format.escape');
    rmSync(join(folder, 'link.dat'));
    symlinkSync(dat, join(folder, 'link.dat'));
    expect((await readEcg(hea)).sampleCount).toBe(1000);
  });

  it('is refused when a folder on the way is a link that leads out', async () => {
    const { folder, hea, dat } = twelveLeads();
    const outside = temporaryFolder();
    writeFileSync(join(outside, 'x.dat'), readFileSync(dat));
    symlinkSync(outside, join(folder, 'sub'));
    edit(hea, (text) => text.replaceAll('00001_hr.dat', 'sub/x.dat'));
    expect((await caught(readEcg(hea))).code).toBe('format.escape');
  });

  it('is read when they lie in a folder below', async () => {
    const { folder, hea, dat } = twelveLeads();
    mkdirSync(join(folder, 'below'));
    writeFileSync(join(folder, 'below', 'x.dat'), readFileSync(dat));
    edit(hea, (text) => text.replaceAll('00001_hr.dat', 'below/x.dat'));
    expect((await readEcg(hea)).leads).toHaveLength(12);
  });

  it('is told when they are missing, empty, or a directory', async () => {
    const { hea, dat } = twelveLeads();
    truncateSync(dat, 0);
    expect((await caught(readEcg(hea))).code).toBe('format.empty');
    rmSync(dat);
    const missing = await caught(readEcg(hea));
    expect(missing.code).toBe('file.missing');
    expect(missing.message).toContain('00001_hr.dat');
    mkdirSync(dat);
    const directory = await caught(readEcg(hea));
    expect(directory.code).toBe('file.unreadable');
    expect(directory.message).toContain('directory');
  });
});

describe('what is no WFDB record that is read', () => {
  it('names a storage format that is not read', async () => {
    for (const format of ['7', '17', '312', '532']) {
      const { hea } = twelveLeads();
      edit(hea, (text) => text.replaceAll('.dat 16 ', `.dat ${format} `));
      const error = await caught(readEcg(hea));
      expect(error.code).toBe('format.unsupported');
      expect(error.message).toContain(`format ${format};`);
      expect(error.message).toContain(
        '8, 16, 24, 32, 61, 80, 160, 212, 310, 311, 508, 516, 524 are',
      );
    }
  });

  it('says which MAT matrix it needs', async () => {
    const files = goldenFiles('challenge-mat4');
    files.get('A0001.mat')![0] = 0; // float64
    const error = await caught(readEcgFiles(files));
    expect(error.code).toBe('format.unsupported');
    expect(error.message).toContain('float64');
    files.delete('A0001.hea');
    expect((await caught(readEcgFiles(files))).code).toBe('file.missing');
  });

  it('is told when no signal is a voltage, or a wanted lead is missing', async () => {
    const { hea } = twelveLeads();
    expect((await caught(readEcg(hea, { leads: ['V7'] }))).message).toContain('no lead V7');
    expect((await readEcg(hea, { leads: ['v2', 'I'] })).leads).toEqual(['V2', 'I']);
    edit(hea, (text) => text.replaceAll('/mV', '/mmHg'));
    const error = await caught(readEcg(hea));
    expect(error.code).toBe('record.invalid');
    expect(error.message).toContain('voltage');
  });

  it('is told when there is no file, a directory, no right, or no bytes', async () => {
    const folder = temporaryFolder();
    expect((await caught(readEcg(join(folder, 'none.hea')))).code).toBe('file.missing');
    expect((await caught(readEcg(folder))).message).toContain('is a directory');
    writeFileSync(join(folder, 'zero.hea'), '');
    expect((await caught(readEcg(join(folder, 'zero.hea')))).code).toBe('format.empty');
    expect((await caught(readEcgFiles(new Map()))).code).toBe('format.empty');
    expect(fileError({ code: 'EACCES' }, 'x').code).toBe('file.denied');
    expect(fileError({ code: 'EIO' }, 'x').code).toBe('file.unreadable');
  });

  it.skipIf(process.getuid?.() === 0)('is told when it may not be read', async () => {
    const { hea } = twelveLeads();
    chmodSync(hea, 0o000);
    expect((await caught(readEcg(hea))).code).toBe('file.denied');
  });

  it('is told when a limit is exceeded, before anything is allocated', async () => {
    const { hea } = twelveLeads();
    const limits = limitsWith({ durationSeconds: 1, fileBytes: 100_000 });
    expect((await caught(readEcg(hea, { limits }))).message).toContain('durationSeconds is 2');
    const small = limitsWith({ fileBytes: 10_000 });
    expect((await caught(readEcg(hea, { limits: small }))).code).toBe('limit.exceeded');
    const four = limitsWith({ leadCount: 4 });
    expect((await caught(readEcg(hea, { limits: four }))).message).toContain('leadCount is 12');
  });

  it('stops when the caller has given up', async () => {
    const { hea } = twelveLeads();
    const error = await caught(readEcg(hea, { signal: AbortSignal.abort() }));
    expect(error.code).toBe('request.aborted');
  });
});

describe('segments that do not fit', () => {
  const broken = async (
    change: (files: Map<string, Uint8Array>) => void,
    name = 'mitdb-segments-fixed',
  ) => {
    const files = goldenFiles(name);
    change(files);
    return caught(readEcgFiles(files));
  };
  const rewrite = (files: Map<string, Uint8Array>, name: string, from: string, to: string) => {
    const text = new TextDecoder().decode(files.get(name));
    expect(text).toContain(from);
    files.set(name, bytesOf(text.replace(from, to)));
  };

  it('are told when one is missing', async () => {
    const error = await broken((files) => files.delete('seg_2.hea'));
    expect(error.code).toBe('file.missing');
    expect(error.message).toContain('seg_2.hea');
  });

  it('are told when their numbers do not add up', async () => {
    expect((await broken((f) => rewrite(f, 'seg.hea', '530', '531'))).message).toContain(
      'add up to 530',
    );
    expect((await broken((f) => rewrite(f, 'seg.hea', 'seg/3', 'seg/4'))).message).toContain(
      '4 segments',
    );
    expect((await broken((f) => rewrite(f, 'seg_2.hea', '360', '250'))).message).toContain(
      '250 Hz',
    );
    expect((await broken((f) => rewrite(f, 'seg_2.hea', ' 240', ' 200'))).message).toContain(
      '200 samples',
    );
    for (const error of [await broken((f) => rewrite(f, 'seg.hea', 'seg/3', 'seg/0'))]) {
      expect(error.code).toBe('format.header');
    }
  });

  it('are told when a segment has segments, or another number of signals', async () => {
    const nested = await broken((files) =>
      files.set('seg_2.hea', bytesOf('seg_2/1 2 360 240\nseg_1 240\n')),
    );
    expect(nested.message).toContain('segments of its own');
    const fewer = await broken((files) => {
      rewrite(files, 'seg_2.hea', 'seg_2 2', 'seg_2 1');
      const text = new TextDecoder().decode(files.get('seg_2.hea'));
      files.set('seg_2.hea', bytesOf(text.split('\n').slice(0, 2).join('\n')));
    });
    expect(fewer.message).toContain('1 signals, the first one 2');
  });

  it('are refused when they name a header outside the folder', async () => {
    const error = await broken((files) => {
      rewrite(files, 'seg.hea', 'seg_2 ', '../seg_2 ');
      files.delete('seg_2.hea');
    });
    expect(error.code).toBe('format.escape');
  });

  it('are refused when they would be longer than allowed, gaps included', async () => {
    const error = await broken((files) => {
      rewrite(files, 'seg.hea', '~ 50', '~ 99999999');
      rewrite(files, 'seg.hea', '530', '100000479');
    });
    expect(error.code).toBe('limit.exceeded');
  });
});
