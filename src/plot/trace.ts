/**
 * Samples to an SVG path in hundredths of a millimetre.
 *
 * Two steps keep it small. Where more samples fall on a narrow column of paper than it can show, the column
 * keeps its lowest and highest. Then a sleeve drops every point that the straight line between its kept
 * neighbours passes within the tolerance: no sample, and so no peak, is further than that from the line
 * drawn. Missing samples (NaN) end a line; the next one starts anew.
 */

/** Units of the drawing in a millimetre. */
export const UNITS_PER_MM = 100;

/** How much a trace may be simplified. */
export interface Fineness {
  /** Farthest that a kept sample may lie from the line drawn. */
  readonly toleranceUnits: number;
  readonly columnUnits: number;
  /** Columns with more samples than this keep only their lowest and highest. */
  readonly samplesPerColumn: number;
}

/**
 * From fine to coarse. The first is 0.03 mm, 3 microvolts at 10 mm/mV and a tenth of the line's width; the
 * others serve traces full of noise; even the last keeps within half the line's width (0.28 mm) up and down,
 * and its columns are narrower than the line.
 */
export const FINENESSES: readonly Fineness[] = [
  { toleranceUnits: 3, columnUnits: 10, samplesPerColumn: 4 },
  { toleranceUnits: 6, columnUnits: 10, samplesPerColumn: 4 },
  { toleranceUnits: 14, columnUnits: 25, samplesPerColumn: 2 },
];

/** Far outside any page, and small enough to stay exact in 32 bits. */
const Y_LIMIT_UNITS = 1_000_000;

export interface TraceGeometry {
  /** Where sample `startSample` lies. */
  readonly xUnits: number;
  readonly unitsPerSample: number;
  /** The row's zero line. */
  readonly zeroUnits: number;
  readonly unitsPerMillivolt: number;
  /** Millivolts drawn at the zero line. */
  readonly medianMillivolts: number;
  readonly fineness: Fineness;
}

/** Points of one unbroken stretch; reused for the whole plot. */
export interface TraceScratch {
  x: Int32Array;
  y: Int32Array;
}

export function traceScratch(sampleCount: number): TraceScratch {
  // Thinning keeps two points a column, and never more than there are samples.
  return { x: new Int32Array(sampleCount + 2), y: new Int32Array(sampleCount + 2) };
}

/** Path data of `samples[startSample..endSample)`; an empty string where all are missing. */
export function tracePath(
  samples: Float32Array,
  { startSample, endSample }: { startSample: number; endSample: number },
  geometry: TraceGeometry,
  scratch: TraceScratch,
): string {
  let path = '';
  let index = startSample;
  while (index < endSample) {
    while (index < endSample && !Number.isFinite(samples[index]!)) index++;
    const runStart = index;
    while (index < endSample && Number.isFinite(samples[index]!)) index++;
    if (index === runStart) break;
    const run = { startSample: runStart, endSample: index, originSample: startSample };
    const count = fillPoints(samples, run, geometry, scratch);
    path += sleevePath(scratch, count, geometry.fineness.toleranceUnits);
  }
  return path;
}

interface Run {
  readonly startSample: number;
  readonly endSample: number;
  readonly originSample: number;
}

/** Puts a run's points into the scratch and returns how many there are. */
function fillPoints(
  samples: Float32Array,
  run: Run,
  geometry: TraceGeometry,
  scratch: TraceScratch,
): number {
  const { columnUnits, samplesPerColumn } = geometry.fineness;
  return geometry.unitsPerSample * samplesPerColumn < columnUnits
    ? fillColumns(samples, run, geometry, scratch)
    : fillEverySample(samples, run, geometry, scratch);
}

function fillEverySample(
  samples: Float32Array,
  { startSample, endSample, originSample }: Run,
  geometry: TraceGeometry,
  { x, y }: TraceScratch,
): number {
  const { xUnits, unitsPerSample } = geometry;
  for (let index = startSample; index < endSample; index++) {
    x[index - startSample] = Math.round(xUnits + (index - originSample) * unitsPerSample);
    y[index - startSample] = yOf(samples[index]!, geometry);
  }
  return endSample - startSample;
}

/** Lowest and highest sample of each column, in their order of time. */
function fillColumns(
  samples: Float32Array,
  { startSample, endSample, originSample }: Run,
  geometry: TraceGeometry,
  { x, y }: TraceScratch,
): number {
  const { xUnits, unitsPerSample, fineness } = geometry;
  const samplesPerColumn = fineness.columnUnits / unitsPerSample;
  let count = 0;
  let index = startSample;
  while (index < endSample) {
    const column = Math.floor((index - originSample) / samplesPerColumn);
    const columnEnd = originSample + Math.ceil((column + 1) * samplesPerColumn);
    const end = Math.min(endSample, Math.max(index + 1, columnEnd));
    let low = index;
    let high = index;
    for (; index < end; index++) {
      if (samples[index]! < samples[low]!) low = index;
      if (samples[index]! > samples[high]!) high = index;
    }
    const first = Math.min(low, high);
    const second = Math.max(low, high);
    x[count] = Math.round(xUnits + (first - originSample) * unitsPerSample);
    y[count++] = yOf(samples[first]!, geometry);
    if (second === first) continue;
    x[count] = Math.round(xUnits + (second - originSample) * unitsPerSample);
    y[count++] = yOf(samples[second]!, geometry);
  }
  return count;
}

function yOf(millivolts: number, geometry: TraceGeometry): number {
  const { zeroUnits, unitsPerMillivolt, medianMillivolts } = geometry;
  const y = Math.round(zeroUnits - (millivolts - medianMillivolts) * unitsPerMillivolt);
  return Math.min(Y_LIMIT_UNITS, Math.max(-Y_LIMIT_UNITS, y));
}

/**
 * Path through the kept points of the scratch. From the last kept point, `low` and `high` are the slopes
 * between which a line passes every point since within the tolerance; when the next point's own slope is
 * outside, the point before it is kept and the sleeve starts there.
 */
function sleevePath({ x, y }: TraceScratch, count: number, toleranceUnits: number): string {
  let path = `M${x[0]} ${y[0]}l`;
  if (count === 1) return `${path}1 0`;
  let kept = 0;
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  let separator = '';
  for (let index = 1; index < count; index++) {
    const run = x[index]! - x[kept]!;
    const rise = y[index]! - y[kept]!;
    const slope = rise / run;
    // Two points on one x have no slope: keep both, the vertical stroke between them is signal.
    if (run === 0 || slope < low || slope > high) {
      const previous = run === 0 ? index : index - 1;
      path += step(separator, x[previous]! - x[kept]!, y[previous]! - y[kept]!);
      separator = ' ';
      kept = previous;
      low = Number.NEGATIVE_INFINITY;
      high = Number.POSITIVE_INFINITY;
      if (run !== 0) index--;
      continue;
    }
    low = Math.max(low, (rise - toleranceUnits) / run);
    high = Math.min(high, (rise + toleranceUnits) / run);
  }
  return kept === count - 1
    ? path
    : path + step(separator, x[count - 1]! - x[kept]!, y[count - 1]! - y[kept]!);
}

/** `dx dy` with the separators that the path grammar needs and no others. */
function step(separator: string, dx: number, dy: number): string {
  return dy < 0 ? `${separator}${dx}${dy}` : `${separator}${dx} ${dy}`;
}
