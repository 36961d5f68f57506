import { beforeAll, describe, expect, it } from 'vitest';
import type { Knowledge } from '../../src/knowledge/knowledge.js';
import { readReport } from '../../src/knowledge/report.js';
import annotations from '../reference/report-annotations.json' with { type: 'json' };
import { ownKnowledge } from './support.js';

let knowledge: Knowledge;
beforeAll(async () => {
  knowledge = await ownKnowledge();
});
const read = (report: string) =>
  readReport(knowledge, report).map(({ concept, assertion }) => `${concept.key} ${assertion}`);

describe('readReport', () => {
  it.each([
    ['T waves are low, flat or slightly inverted in I.', ['LOWT present', 'INVT present']],
    [
      'ST segments are slightly depressed and T waves flattened in V5.',
      ['ST-DEPRESSION present', 'LOWT present'],
    ],
    ['Non-specific T wave flattening in II and inversion in aVL.', ['NT_ present', 'INVT present']],
    ['T waves are not inverted.', ['INVT negated']],
    [
      'This may be due to LV strain or ischaemia and digitalis effect.',
      ['LVSTRAIN possible', 'ISC_ possible', 'DIG possible'],
    ],
    ['Non-specific but consistent with myocardial ischaemia.', ['ISC_ possible']],
    ['Consistent with old inferior infarct.', ['IMI present']],
    [
      'st & t abnorm, wahrscheinlich    anteriore ischÄmie    laterale ischÄmie',
      ['STTC present', 'ISCAN possible', 'ISCLA possible'],
    ],
    ['inferiorer infarkt mÖglich st & t abnorm', ['IMI possible', 'STTC present']],
    ['anteroseptaler myokardschaden nicht auszuschliessen', ['ASMI possible']],
    ['pathologisches ekg', ['NORM negated']],
    ['no axis deviation', ['AXIS-NORMAL present']],
    ['amplitudenkriterien f#r linkshypertrophie', ['VCLVH present']],
    ['Vorhoffllimmern, sinustychykardie', ['AFIB present', 'STACH present']],
    ['old infarct? LVH (?)', ['OLD-MI possible', 'LVH possible']],
    ['Edit: ILMI 50, AFIB 100', ['ILMI possible', 'AFIB present']],
    ['no LBBB. later: LBBB', ['CLBBB present']],
    [
      'sinusrytm vÄnster el-axel inferior infarkt bÖr ÖvervÄgas',
      ['SR present', 'AXIS-LEFTWARD present', 'IMI possible'],
    ],
    ['anterolaterale ischÄmie oder linksbelas', ['ISCAL possible', 'LVSTRAIN possible']],
    ['Vorhofflimmern nicht nachweisbar.', ['AFIB negated']],
    ['Vorhofflimmern ist nicht mehr zu sehen', ['AFIB negated']],
    ['Vorhofflimmern liegt nicht vor', ['AFIB negated']],
    ['Vorhofflimmern nicht sicher nachweisbar', ['AFIB possible']],
    ['Vorhofflimmern nicht neu', ['AFIB present']],
    ['Vorhofflimmern, nicht auszuschließen linkshypertrophie', ['AFIB possible', 'LVH present']],
    ['atrial fibrillation is no longer present', ['AFIB negated']],
    ['nicht inferiorer Infarkt', ['IMI negated']],
    ['infarction, not inferior', ['MI present', 'IMI negated']],
    [
      'anterior infarction but not inferior or lateral',
      ['AMI present', 'IMI negated', 'LMI negated'],
    ],
    ['Infarkt, nicht inferior', ['MI present', 'IMI negated']],
    ['left bundle branch block, not right', ['CLBBB present', 'CRBBB negated']],
    ['right bundle branch block, not complete', ['CRBBB present']],
    ['trace only requested.', []],
  ])('reads "%s"', (report, expected) => {
    expect(read(report)).toEqual(expected);
  });

  it('says where it stands', () => {
    const report = 'Sinus rhythm. Old inferior infarct.';
    for (const { matched, start, end } of readReport(knowledge, report))
      expect(report.slice(start, end)).toBe(matched);
  });

  it.each([
    ['dev', 100],
    ['test', 100],
  ])('agrees with a reader of 100 real reports (%s) to at least 0.92', (part, count) => {
    let [hits, falseHits, missed] = [0, 0, 0];
    const reports = annotations.reports.filter((one) => one.part === part);
    for (const { report, present, possible, negated } of reports) {
      const wanted = new Set([
        ...present.map((key) => `${key} present`),
        ...possible.map((key) => `${key} possible`),
        ...negated.map((key) => `${key} negated`),
      ]);
      for (const one of wanted) expect(knowledge.byKey.has(one.split(' ')[0]!)).toBe(true);
      const found = read(report);
      const right = found.filter((one) => wanted.has(one)).length;
      hits += right;
      falseHits += found.length - right;
      missed += wanted.size - right;
    }
    expect(reports).toHaveLength(count);
    expect((2 * hits) / (2 * hits + falseHits + missed)).toBeGreaterThan(0.92);
  });
});
