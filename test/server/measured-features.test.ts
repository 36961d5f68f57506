import { beforeAll, describe, expect, it } from 'vitest';
import type { EcgRecord } from '../../src/ecg/record.js';
import { type FEATURES, featureMeaning } from '../../src/knowledge/features.js';
import { measuredFeatures } from '../../src/server/measured-features.js';
import { delineateClassical } from '../../src/signal/delineate-classical.js';
import { type Measurements, measure } from '../../src/signal/measure.js';
import { loadFixture, onlyLeads, SINUS } from '../signal/records.js';

let record: EcgRecord;
let measurements: Measurements;
beforeAll(async () => {
  record = await loadFixture(SINUS);
  measurements = measure(record, delineateClassical(record));
});

describe('measuredFeatures', () => {
  it('names only features that criteria know, each as a whole or lead by lead as they say', () => {
    const { measured, leads } = measuredFeatures({}, measurements);
    for (const feature of Object.keys(measured) as (keyof typeof FEATURES)[]) {
      expect(featureMeaning(feature).leads, feature).toBe('none');
    }
    for (const feature of Object.keys(leads!) as (keyof typeof FEATURES)[]) {
      expect(featureMeaning(feature).leads, feature).toBe('each');
      expect(Object.keys(leads![feature]!)).toHaveLength(12);
    }
  });

  it('gives the values that were measured, QTc by Bazett', () => {
    expect(measuredFeatures({ sex: 'male' }, measurements).measured).toMatchObject({
      heartRate: measurements.heartRateBpm,
      prInterval: measurements.prMilliseconds,
      qtc: measurements.qtcMilliseconds!.bazett,
      axis: measurements.axisDegrees.qrs,
      cornell: measurements.voltages.cornell,
      prematureBeats: 0,
      ventricularRun: 0,
    });
  });

  it('adds 0.6 mV to the voltage of women in the Cornell product, and gives none without a sex', () => {
    const product = (patient: { sex?: 'male' | 'female' }) =>
      measuredFeatures(patient, measurements).measured.cornellProduct;
    const { qrsMilliseconds } = measurements;
    expect(product({ sex: 'female' })! - product({ sex: 'male' })!).toBeCloseTo(
      0.6 * qrsMilliseconds!,
      6,
    );
    expect(product({})).toBeUndefined();
  });

  it('leaves out what one lead cannot say', () => {
    const one = onlyLeads(record, ['II']);
    const { measured, leads } = measuredFeatures({}, measure(one, delineateClassical(one)));
    for (const feature of ['axis', 'sokolowLyon', 'cornell'] as const) {
      expect(measured).not.toHaveProperty(feature);
    }
    expect(Object.keys(leads!.rAmplitude!)).toEqual(['II']);
  });

  it('counts the longest run of ventricular beats', () => {
    const beat = (beatIndex: number) => ({ beatIndex, seconds: 0, origin: 'ventricular' as const });
    const runs = { ...measurements, ectopicBeats: [beat(1), beat(3), beat(4), beat(5)] };
    expect(measuredFeatures({}, runs).measured).toMatchObject({
      ventricularRun: 3,
      prematureBeats: 4,
    });
  });
});
