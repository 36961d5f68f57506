import { beforeAll, describe, expect, it } from 'vitest';
import type { EcgRecord } from '../../src/ecg/record.js';
import { judgeRecording } from '../../src/signal/judge.js';
import { repairLeads } from '../../src/signal/lead-repair.js';
import { seededNormal } from '../support/seeded.js';
import {
  atRate,
  BUNDLE_BRANCH_BLOCK,
  changed,
  loadFixture,
  mapLead,
  onlyLeads,
  PACED,
  SINUS,
  swapLeads,
} from './records.js';

describe('the quality judge', () => {
  let sinus: EcgRecord;
  beforeAll(async () => {
    sinus = await loadFixture(SINUS);
  });
  const spoilt = (change: (lead: (name: string) => Float32Array) => void) =>
    judgeRecording(changed(sinus, change));
  const seconds = (index: number) => index / sinus.samplingRateHz;
  const reasonsOf = ({ quality }: ReturnType<typeof judgeRecording>) =>
    quality.reasons.map(({ code, leads }) => [code, leads]);

  it.each([SINUS, BUNDLE_BRANCH_BLOCK, PACED])('accepts %s', async (name) => {
    const { quality, warnings } = judgeRecording(await loadFixture(name));
    expect(quality.acceptable).toBe(true);
    expect(quality.score).toBeGreaterThan(0.8);
    expect(quality.leads).toHaveLength(12);
    expect(warnings.map(({ code }) => code)).not.toContain('signal.unacceptable');
  });

  it('refuses a recording with a dead electrode and names the leads, worst first', () => {
    const judged = spoilt((lead) => {
      for (const name of ['V2', 'V3', 'V4']) lead(name).fill(0);
    });
    expect(judged.quality.acceptable).toBe(false);
    expect(judged.warnings[0]).toMatchObject({
      code: 'signal.unacceptable',
      message: expect.stringContaining('not good enough'),
    });
    expect([...judged.warnings[0]!.leads!].sort()).toEqual(['V2', 'V3', 'V4']);
    expect(reasonsOf(judged)).toContainEqual(['signal.flat', ['V2', 'V3', 'V4']]);
    const scoreOf = (name: string) => judged.quality.leads.find(({ lead }) => lead === name)!.score;
    expect(scoreOf('V3')).toBeLessThan(scoreOf('V5'));
  });

  it('refuses noise in place of the heart', () => {
    const normal = seededNormal(7);
    const judged = spoilt((lead) => {
      for (const name of sinus.leads) mapLead(lead(name), () => normal());
    });
    expect(judged.quality.acceptable).toBe(false);
    expect(judged.quality.score).toBeLessThan(0.3);
    expect(judged.quality.reasons.map(({ code }) => code)).toContain('signal.muscle');
  });

  it('scores a lead the lower the noisier it is', () => {
    const scores = [0, 0.1, 0.5].map((size) => {
      const normal = seededNormal(3);
      const judged = spoilt((lead) => mapLead(lead('II'), (value) => value + size * normal()));
      return judged.quality.leads[1]!.score;
    });
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(scores[2]).toBeLessThan(scores[0]!);
  });

  it.each([50, 60])('names hum at %i Hz with its frequency', (hz) => {
    const judged = spoilt((lead) =>
      mapLead(
        lead('V2'),
        (value, index) => value + 0.1 * Math.sin(2 * Math.PI * hz * seconds(index)),
      ),
    );
    const hum = judged.quality.reasons.find(({ code }) => code === 'signal.hum');
    expect(hum).toMatchObject({ leads: ['V2'], message: expect.stringContaining(`${hz} Hz`) });
  });

  it('names baseline wander, muscle noise and disturbed stretches', () => {
    const normal = seededNormal(5);
    const judged = spoilt((lead) => {
      mapLead(lead('V5'), (v, index) => v + 1.2 * Math.sin(2 * Math.PI * 0.2 * seconds(index)));
      mapLead(lead('V6'), (v) => v + 0.1 * normal());
      mapLead(lead('V1'), (v, index) => (seconds(index) < 4 ? v + normal() : v));
    });
    const found = new Map(judged.quality.reasons.map(({ code, leads }) => [code, leads]));
    expect(found.get('signal.wander')).toContain('V5');
    expect(found.get('signal.muscle')).toContain('V6');
    expect(found.get('signal.disturbed')).toContain('V1');
    expect(found.get('signal.wander')).not.toContain('V3');
  });

  it('tells exchanged arm electrodes, which break no identity, and only those', () => {
    expect(reasonsOf(judgeRecording(sinus)).flat()).not.toContain('signal.reversal');
    const judged = spoilt((lead) => {
      mapLead(lead('I'), (value) => -value);
      swapLeads(lead('II'), lead('III'));
      swapLeads(lead('aVR'), lead('aVL'));
    });
    const codes = judged.quality.reasons.map(({ code }) => code);
    expect(codes).toContain('signal.reversal');
    expect(codes).not.toContain('signal.limb-leads');
  });

  it('tells exchanged chest electrodes', () => {
    const judged = spoilt((lead) => swapLeads(lead('V1'), lead('V5')));
    expect(reasonsOf(judged)).toContainEqual(['signal.chest-order', ['V1', 'V5']]);
  });

  it('passes on swapped aVL and aVF and a lead with its own gain as reasons', () => {
    const swapped = spoilt((lead) => swapLeads(lead('aVL'), lead('aVF')));
    expect(reasonsOf(swapped)).toContainEqual(['signal.limb-leads', ['aVL', 'aVF']]);
    const scaled = spoilt((lead) => mapLead(lead('III'), (value) => 2 * value));
    expect(reasonsOf(scaled)).toContainEqual(['signal.limb-leads', ['III']]);
  });

  it('judges one lead by itself and does not hold absent leads against it', () => {
    const { quality } = judgeRecording(onlyLeads(sinus, ['II']));
    expect(quality.acceptable).toBe(true);
    expect(quality.leads[0]!.score).toBeCloseTo(quality.score, 2);
    expect(quality.reasons).toEqual([]);
  });

  it('does not call electrodes exchanged where a lead stands still', () => {
    const codes = reasonsOf(spoilt((lead) => lead('I').fill(0))).flat();
    expect(codes).toContain('signal.flat');
    expect(codes).not.toContain('signal.reversal');
    const dead = reasonsOf(
      spoilt((lead) => {
        for (const name of sinus.leads) lead(name).fill(0.1);
      }),
    ).flat();
    expect(dead).not.toContain('signal.reversal');
    expect(dead).not.toContain('signal.chest-order');
  });

  it('says nearly the same of a recording at other sampling rates', () => {
    const { score } = judgeRecording(sinus).quality;
    for (const rate of [250, 1000]) {
      expect(Math.abs(judgeRecording(atRate(sinus, rate)).quality.score - score)).toBeLessThan(0.1);
    }
  });

  it('gives a recording without a sample the score 0', () => {
    const { quality } = spoilt((lead) => {
      for (const name of sinus.leads) lead(name).fill(Number.NaN);
    });
    expect(quality).toMatchObject({ acceptable: false, score: 0 });
  });

  it('judges what was recorded, not what was computed from it', () => {
    const three = onlyLeads(sinus, ['II', 'V1', 'V5']);
    const before = judgeRecording(three).quality;
    const { quality, warnings } = judgeRecording(repairLeads(three));
    expect(quality.leads.map(({ lead }) => lead)).toEqual(['II', 'V1', 'V5']);
    expect(Math.abs(quality.score - before.score)).toBeLessThan(0.02);
    expect(warnings.map(({ code }) => code)).toContain('signal.reconstructed');
  });
});
