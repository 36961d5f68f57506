import { describe, expect, it } from 'vitest';
import {
  type AxisRow,
  agreementOf,
  axisClass,
  fitCutOffs,
} from '../../eval/measure/axis-classes.js';
import { type EarlyRow, earlyBeatFigures } from '../../eval/measure/early-beats.js';
import { errorsOf, type Values } from '../../eval/measure/intervals.js';
import { type JudgedRow, vetoFigures } from '../../eval/measure/vetoes.js';
import type { Verdict } from '../../src/zeroshot/criteria.js';

const row = (degrees: number | null, heartAxis: string): AxisRow => ({
  fold: 1,
  degrees,
  heartAxis,
});

describe('axis classes', () => {
  const rows = [
    ...[-60, -45, -35].map((degrees) => row(degrees, 'ALAD')),
    ...[-20, -10, 0].map((degrees) => row(degrees, 'LAD')),
    ...[15, 40, 80].map((degrees) => row(degrees, 'MID')),
    ...[125, 140].map((degrees) => row(degrees, 'ARAD')),
  ];

  it('get cut-offs that part what can be parted', () => {
    const cutOffs = fitCutOffs(rows);
    expect(agreementOf(rows, cutOffs)).toMatchObject({ n: 11, agreement: 1 });
    expect(axisClass(-30.5, cutOffs)).toMatch(/LAD/);
    expect(axisClass(179, cutOffs)).toBe(axisClass(-179, cutOffs));
  });

  it('count a missing axis, and a class that is no direction, as wrong', () => {
    const more = [...rows, row(null, 'MID'), row(30, 'SAG')];
    expect(agreementOf(more, fitCutOffs(rows)).agreement).toBeCloseTo(11 / 13, 3);
  });
});

describe('interval errors', () => {
  const values = (pr: number | null): Values => ({
    ...{ rate: 60, rateOfMedianRr: 60, qrs: 90, qt: 400, pr },
  });

  it('are told with their sign, and what is missed or only measured is counted apart', () => {
    const { pr, qrs } = errorsOf([
      { marked: values(160), measured: values(170) },
      { marked: values(160), measured: values(154) },
      { marked: values(160), measured: values(null) },
      { marked: values(null), measured: values(120) },
    ]);
    expect(pr).toEqual({
      ...{ n: 2, meanAbsoluteError: 8, meanError: 2, sd: 8, missed: 1, onlyMeasured: 1 },
    });
    expect(qrs).toMatchObject({ n: 4, meanAbsoluteError: 0 });
  });
});

describe('early beats', () => {
  it('are stated by codes or by the column; a plain ES says neither kind', () => {
    const early = (codes: string[], extraBeats: string, found: 'ventricular'[]): EarlyRow => ({
      ...{ codes: new Set(codes), extraBeats, found: new Set(found) },
    });
    const rows = [
      early(['PVC'], '', ['ventricular']),
      early([], 'VES', []),
      early([], 'SVES', ['ventricular']),
      early([], '1ES', ['ventricular']),
      early([], '', []),
    ];
    expect(earlyBeatFigures(rows, 'ventricular')).toEqual({
      ...{ n: 4, stated: 2, sensitivity: 0.5, ppv: 0.5, specificity: 0.5 },
    });
  });
});

describe('vetoes', () => {
  const judged = (isCarried: boolean, verdict: Verdict): JudgedRow => ({
    carried: new Set(isCarried ? ['A', 'B'] : []),
    verdicts: new Map([
      ['A', verdict],
      ['B', 'open'],
    ]),
  });

  it('are counted of carriers and of others, over the labels that any recording is judged for', () => {
    const rows = [
      ...Array.from({ length: 4 }, () => judged(true, 'met')),
      judged(true, 'failed'),
      ...Array.from({ length: 9 }, () => judged(false, 'failed')),
      judged(false, 'open'),
    ];
    const figures = vetoFigures(rows);
    expect(figures).toMatchObject({
      ...{ n: 15, vetoingLabels: 1, carriersVetoed: 0.2, othersVetoed: 0.9 },
    });
    expect(figures.labels.map(({ key }) => key)).toEqual(['A']);
  });
});
