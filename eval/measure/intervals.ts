/** Rate, PR, QRS and QT as LUDB's annotators marked them, and how far measurements are from that. */
import type { Measurements } from '../../src/signal/measure.js';
import { medianOf } from '../../src/signal/median.js';
import type { LudbRecord } from '../delineation/ludb.js';
import type { Wave, Waves } from '../delineation/waves.js';

export const NAMES = ['rate', 'rateOfMedianRr', 'pr', 'qrs', 'qt'] as const;
export type Name = (typeof NAMES)[number];
/** Rates in bpm, intervals in ms; null where nothing is marked or measured. */
export type Values = Readonly<Record<Name, number | null>>;

/** The wave before a complex may begin this long before it, the one after it may end so long after it. */
const BEFORE_SECONDS = 0.4;
const AFTER_SECONDS = 0.7;

/**
 * Medians over the intervals of all leads and beats. `rate` is 60000 over the mean RR, the definition of a heart
 * rate; `rateOfMedianRr` over the median one.
 */
export function markedValues({ record: { samplingRateHz }, leads }: LudbRecord): Values {
  const milliseconds = (samples: number | null) =>
    samples === null ? null : (samples * 1000) / samplingRateHz;
  const rr = leads.flatMap(({ qrs }) =>
    qrs.slice(1).map(({ peak }, index) => peak! - qrs[index]!.peak!),
  );
  const rate = (samples: number | null) => samples && 60_000 / milliseconds(samples)!;
  const meanRr = rr.length === 0 ? null : rr.reduce((sum, one) => sum + one, 0) / rr.length;
  const median = (of: (lead: Waves) => number[]) => milliseconds(medianOf(leads.flatMap(of)));
  const before = BEFORE_SECONDS * samplingRateHz;
  const after = AFTER_SECONDS * samplingRateHz;
  return {
    rate: rate(meanRr),
    rateOfMedianRr: rate(medianOf(rr)),
    pr: median(({ p, qrs }) =>
      qrs.flatMap(({ onset }) => spans(nearest(p, 'onset', onset, -before), onset)),
    ),
    qrs: median(({ qrs }) => qrs.flatMap(({ onset, offset }) => spans(onset, offset))),
    qt: median(({ t, qrs }) =>
      qrs.flatMap(({ onset }) => spans(onset, nearest(t, 'offset', onset, after))),
    ),
  };
}

function spans(from: number | null, to: number | null): number[] {
  return from === null || to === null ? [] : [to - from];
}

/** The wave's point that is nearest to `sample` on one side, within `reach` samples (negative: before it). */
function nearest(
  waves: readonly Wave[],
  point: 'onset' | 'offset',
  sample: number | null,
  reach: number,
): number | null {
  if (sample === null) return null;
  const near = waves
    .map((wave) => wave[point])
    .filter((place) => place !== null)
    .filter((place) => (place - sample) * reach > 0 && Math.abs(place - sample) <= Math.abs(reach));
  if (near.length === 0) return null;
  return near.reduce((best, one) =>
    Math.abs(one - sample) < Math.abs(best - sample) ? one : best,
  );
}

export function measuredValues(measured: Measurements): Values {
  return {
    rate: measured.heartRateBpm,
    rateOfMedianRr: measured.heartRateBpm,
    pr: measured.prMilliseconds,
    qrs: measured.qrsMilliseconds,
    qt: measured.qtMilliseconds,
  };
}

/** Mean absolute error, mean error and spread of each value; how many were marked and missed, or only measured. */
export function errorsOf(pairs: readonly { marked: Values; measured: Values }[]) {
  return Object.fromEntries(
    NAMES.map((name) => {
      const both = pairs.flatMap(({ marked, measured }) =>
        marked[name] === null || measured[name] === null ? [] : [measured[name] - marked[name]],
      );
      const count = (has: 'marked' | 'measured', lacks: 'marked' | 'measured') =>
        pairs.filter((pair) => pair[has][name] !== null && pair[lacks][name] === null).length;
      const mean = both.reduce((sum, one) => sum + one, 0) / both.length;
      const absolute = both.reduce((sum, one) => sum + Math.abs(one), 0) / both.length;
      const square = both.reduce((sum, one) => sum + (one - mean) ** 2, 0) / both.length;
      return [
        name,
        {
          n: both.length,
          meanAbsoluteError: rounded(absolute),
          meanError: rounded(mean),
          sd: rounded(Math.sqrt(square)),
          missed: count('marked', 'measured'),
          onlyMeasured: count('measured', 'marked'),
        },
      ];
    }),
  );
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
