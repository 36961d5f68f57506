import { describe, expect, it } from 'vitest';
import { plotSvg } from '../../src/plot/plot-svg.js';
import { repairLeads } from '../../src/signal/lead-repair.js';
import { onlyLeads } from '../signal/records.js';
import { ptbxlRecord, textsOf } from './fixture.js';

describe('reconstructed leads on the plot', () => {
  const record = ptbxlRecord();

  it('are dashed, starred, and explained below the paper', () => {
    const svg = plotSvg(repairLeads(onlyLeads(record, ['II', 'V1', 'V5'])), { layout: '12x1' });
    expect(svg.match(/<path stroke-dasharray="[^"]+" d="/g)).toHaveLength(9);
    const texts = textsOf(svg).map((text) =>
      typeof text === 'string' ? text : JSON.stringify(text),
    );
    expect(texts.join()).toContain('V6*');
    expect(texts.join()).not.toContain('V5*');
    expect(texts.join()).toContain('dashed: reconstructed, not recorded');
  });

  it('change nothing about a plot of recorded leads', () => {
    expect(plotSvg(record)).not.toContain('stroke-dasharray');
    expect(plotSvg(record)).not.toContain('reconstructed');
  });
});
