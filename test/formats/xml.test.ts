import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/ecg/limits.js';
import { parseXml } from '../../src/formats/xml.js';
import { bytesOf, caught, limitsWith } from './support.js';

const parse = (text: string, more: object = {}) =>
  parseXml(bytesOf(text), { file: 'x.xml', limits: DEFAULT_LIMITS, ...more });
const refused = (text: string, more?: object) => caught((async () => parse(text, more))());

describe('the XML reader', () => {
  it('reads elements, attributes, text, comments, CDATA and character references', () => {
    const root = parse(
      '<?xml version="1.0"?><!-- a > b --><n:a x:y="1 &lt; 2" z=\'&#65;\'>t&amp;<b/><![CDATA[<&]]>u</n:a>\n',
    );
    expect(root.name).toBe('a');
    expect([...root.attributes]).toEqual([
      ['y', '1 < 2'],
      ['z', 'A'],
    ]);
    expect(root.text).toBe('t&<&u');
    expect(root.children.map(({ name }) => name)).toEqual(['b']);
  });

  it('refuses every document type but the bare one a caller passes over', async () => {
    const bare = '<!DOCTYPE RestingECG SYSTEM "restecg.dtd"><RestingECG/>';
    expect((await refused(bare)).code).toBe('format.unsupported');
    expect(parse(bare, { passedDoctype: 'RestingECG' }).name).toBe('RestingECG');
    const hostile = [
      '<!DOCTYPE RestingECG [<!ENTITY a "b">]><RestingECG>&a;</RestingECG>',
      '<!DOCTYPE RestingECG SYSTEM "restecg.dtd" [<!ENTITY x SYSTEM "file:///etc/passwd">]><RestingECG/>',
      '<!DOCTYPE other SYSTEM "restecg.dtd"><other/>',
      '<!ENTITY a "b"><RestingECG/>',
    ];
    for (const text of hostile) {
      const error = await refused(text, { passedDoctype: 'RestingECG' });
      expect(error.code, text).toBe('format.unsupported');
    }
  });

  it('refuses entities that nobody declared', async () => {
    for (const text of ['<a>&lol;</a>', '<a b="&x;"/>', '<a>&</a>', '<a>&#x110000;</a>']) {
      expect((await refused(text)).code, text).toBe('format.unsupported');
    }
  });

  it('bounds depth, elements and bytes', async () => {
    const deep = (depth: number) => '<a>'.repeat(depth) + '</a>'.repeat(depth);
    expect(parse(deep(64)).name).toBe('a');
    expect((await refused(deep(65))).message).toContain('xmlDepth is 65, at most 64');
    const limits = limitsWith({ xmlElementCount: 3, textBytes: 100 });
    expect((await refused('<a><b/><b/><b/></a>', { limits })).code).toBe('limit.exceeded');
    expect((await refused(`<a>${' '.repeat(100)}</a>`, { limits })).code).toBe('limit.exceeded');
  });

  it('says what is wrong and where', async () => {
    const wrong: [string, string][] = [
      ['<a>\n<b></a>', '</a> closes <b> (line 2)'],
      ['<a><b></b>', '<a> is never closed'],
      ['<a b></a>', 'the attribute b has no value'],
      ['<a b="c></a>', 'has no quoted value'],
      ['<a/><b/>', 'two root elements'],
      ['text', 'text outside'],
      ['<!-- <a/>', '--> is missing'],
      ['', 'no element'],
    ];
    for (const [text, part] of wrong) {
      const error = await refused(text);
      expect(error.code, text).toBe('format.header');
      expect(error.message, text).toContain(part);
    }
  });
});
