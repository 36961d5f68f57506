import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ecgRoute,
  formatRoute,
  GAINS_MM_PER_MILLIVOLT,
  LAYOUTS,
  labelsRoute,
  parseRoute,
  type Route,
  SEARCH_LEVELS,
  SPEEDS_MM_PER_SECOND,
  searchRoute,
} from '../../src/web/route.js';

const ECG_ID = '0123456789abcdef0123456789abcdef';

describe('addresses of the page', () => {
  it('leads from any view to its address and back', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 });
    const search = fc.record({
      q: text,
      like: fc.constantFrom('', ECG_ID, 'upload:00000000-0000-4000-8000-000000000001'),
      level: fc.constantFrom(...SEARCH_LEVELS),
      k: fc.integer({ min: 1, max: 1000 }),
      where: text,
    });
    const ecg = fc.record({
      layout: fc.constantFrom(...LAYOUTS),
      speed: fc.constantFrom(...SPEEDS_MM_PER_SECOND),
      gain: fc.constantFrom(...GAINS_MM_PER_MILLIVOLT),
      start: fc.integer({ min: 0, max: 36_000 }).map((tenths) => tenths / 10),
      highlight: fc.constantFrom('', '1.2-2,3-4'),
      attention: fc.boolean(),
      fiducials: fc.boolean(),
      draft: fc.boolean(),
    });
    const routes = fc.oneof<fc.Arbitrary<Route>[]>(
      text.map(labelsRoute),
      search.map(searchRoute),
      ecg.map((parts) => ecgRoute('upload:00000000-0000-4000-8000-000000000001', parts)),
      fc.constant({ view: 'upload' }),
    );
    fc.assert(
      fc.property(routes, (route) => {
        expect(parseRoute(formatRoute(route))).toEqual(route);
      }),
      { seed: 20260731, numRuns: 300 },
    );
  });

  it('keeps addresses short: what equals the default is left out', () => {
    expect(formatRoute(searchRoute())).toBe('#/search');
    expect(formatRoute(searchRoute({ q: 'atrial fibrillation' }))).toBe(
      '#/search?q=atrial+fibrillation',
    );
    expect(formatRoute(ecgRoute(ECG_ID, { draft: true }))).toBe(`#/ecg/${ECG_ID}?draft=1`);
  });

  it.each(['', '#', '#/', '#/search'])('shows the search at %j', (hash) => {
    expect(parseRoute(hash)).toEqual(searchRoute());
  });

  it('takes the default where a value is none that the page offers', () => {
    const hash = `#/ecg/${ECG_ID}?layout=4x4&speed=0&gain=x&start=-3`;
    expect(parseRoute(hash)).toEqual(ecgRoute(ECG_ID));
    expect(parseRoute('#/search?level=all&k=5000')).toEqual(searchRoute());
  });

  it.each(['#/nowhere', '#/ecg/', '#/ecg/%E0%A4%A', '#/ecg/a/b'])('knows no view at %s', (hash) => {
    expect(parseRoute(hash).view).toBe('unknown');
  });
});
