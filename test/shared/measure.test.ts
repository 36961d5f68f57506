/** Measurements on whole recordings of the shared data: the beats of MIT-BIH record 100, one by one. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readEcg } from '../../src/formats/read.js';
import { delineateClassical } from '../../src/signal/delineate-classical.js';
import { type Measurements, measure } from '../../src/signal/measure.js';
import { readMitAnnotations } from '../support/mit-annotations.js';

const ROOT = new URL('../../', import.meta.url).pathname;
const SHARED = process.env['PQRSEARCH_SHARED_DATA'] ?? join(ROOT, '../shared/data');
const PATH = join(SHARED, 'formats/wfdb/100');
const NEAR_SECONDS = 0.1;

describe.skipIf(!existsSync(`${PATH}.hea`))('measuring MIT-BIH record 100', () => {
  let measured: Measurements;
  const marked = (symbol: string) =>
    readMitAnnotations(`${PATH}.atr`)
      .filter((mark) => mark.symbol === symbol)
      .map(({ sample }) => sample / 360);
  const found = (origin: string) =>
    measured.ectopicBeats.filter((beat) => beat.origin === origin).map(({ seconds }) => seconds);
  const near = (seconds: number, others: readonly number[]) =>
    others.some((other) => Math.abs(other - seconds) < NEAR_SECONDS);

  beforeAll(async () => {
    const record = await readEcg(PATH);
    measured = measure(record, delineateClassical(record));
  });

  it('finds its one ventricular beat, and no other', () => {
    expect(marked('V')).toHaveLength(1);
    expect(found('ventricular').filter((one) => near(one, marked('V')))).toHaveLength(1);
    expect(found('ventricular')).toHaveLength(1);
  });

  it('finds 27 or more of its 33 atrial premature beats, and names no more than two others so', () => {
    const premature = marked('A');
    expect(premature).toHaveLength(33);
    const beats = found('supraventricular');
    expect(premature.filter((one) => near(one, beats)).length).toBeGreaterThanOrEqual(27);
    expect(beats.filter((one) => !near(one, premature)).length).toBeLessThanOrEqual(2);
  });

  it('gives the mean rate of its 2273 beats in half an hour', () => {
    expect(measured.beats.length).toBe(2273);
    expect(measured.heartRateBpm).toBeCloseTo(75.5, 0);
  });
});
