import { beforeAll, describe, expect, it } from 'vitest';
import { type EcgRecord, leadSamples } from '../../src/ecg/record.js';
import { bridgeSpikes } from '../../src/signal/pacing.js';
import { loadFixture, PACED, SINUS } from './records.js';

describe('bridgeSpikes', () => {
  let paced: EcgRecord;
  let sinus: EcgRecord;
  beforeAll(async () => {
    paced = await loadFixture(PACED);
    sinus = await loadFixture(SINUS);
  });

  it('takes out the spikes of a real pacemaker and leaves the QRS complexes', () => {
    const source = leadSamples(paced, 1); // II: spikes of 3 mV, QRS complexes of 0.5 mV
    expect(Math.max(...source)).toBeGreaterThan(2.5);
    const target = bridgeSpikes(source, 500);
    expect(Math.max(...target)).toBeLessThan(0.8);
    for (const peak of [698, 1105, 1515]) {
      expect(target.subarray(peak - 15, peak + 15)).toEqual(source.subarray(peak - 15, peak + 15));
    }
  });

  it('leaves narrow QRS complexes and small jumps of noise as they are, or nearly', () => {
    for (let lead = 0; lead < 12; lead += 1) {
      const source = leadSamples(sinus, lead);
      const target = bridgeSpikes(source, 500);
      const most = source.reduce((worst, v, i) => Math.max(worst, Math.abs(v - target[i]!)), 0);
      expect(most).toBeLessThan(0.1);
      for (const peak of [578, 1502, 2913, 4325]) {
        expect(target.subarray(peak - 20, peak + 20)).toEqual(
          source.subarray(peak - 20, peak + 20),
        );
      }
    }
  });

  it('gives the very lead back where there is no spike, or where the rate is too low to tell', () => {
    const smooth = Float32Array.from({ length: 2000 }, (_, i) => Math.sin(i / 20));
    expect(bridgeSpikes(smooth, 500)).toBe(smooth);
    const source = leadSamples(paced, 1);
    expect(bridgeSpikes(source, 360)).toBe(source);
  });

  it('leaves a step that does not come back', () => {
    const source = Float32Array.from({ length: 2000 }, (_, i) => (i < 1000 ? 0 : 1));
    expect(bridgeSpikes(source, 500)).toBe(source);
  });
});
