/**
 * Butterworth filter design as second-order sections, equal to SciPy's `butter(..., output='sos')`:
 * analogue prototype, frequency transform, bilinear transform with pre-warped edges, and SciPy's `nearest`
 * pairing of poles with zeros (the worst pole last). Only band-pass, high-pass and low-pass.
 */
import { PqrError } from '../ecg/errors.js';

interface Complex {
  readonly re: number;
  readonly im: number;
}

/** Zeros (all real for these filters), poles and gain. */
interface ZeroPoleGain {
  readonly zeros: readonly number[];
  readonly poles: readonly Complex[];
  readonly gain: number;
}

export interface BandpassOptions {
  /** Order of the prototype; a band-pass has twice as many poles. */
  readonly order: number;
  readonly lowHz: number;
  readonly highHz: number;
  readonly samplingRateHz: number;
}

export interface EdgeOptions {
  readonly order: number;
  readonly edgeHz: number;
  readonly samplingRateHz: number;
}

/** Twice the bilinear transform's rate, with frequencies in units of Nyquist / 2 as SciPy has them. */
const BILINEAR = 4;
/** Imaginary part, relative to the modulus, below which a pole is real (SciPy's 100 eps). */
const REAL_TOLERANCE = 100 * Number.EPSILON;

/**
 * A band-pass filter.
 * @returns sections `[order x 6]`, each b0 b1 b2 a0 a1 a2
 * @throws `signal.unusable` where the edges do not fit the sampling rate
 */
export function butterworthBandpass(options: BandpassOptions): Float64Array {
  const { order, lowHz, highHz, samplingRateHz } = options;
  checkEdges([lowHz, highHz], samplingRateHz);
  const low = warp(lowHz, samplingRateHz);
  const high = warp(highHz, samplingRateHz);
  const width = high - low;
  const centreSquared = low * high;
  const halves = prototype(order).map((pole) => scale(pole, width / 2));
  const roots = halves.map((pole) => squareRoot(subtract(multiply(pole, pole), centreSquared)));
  const poles = [
    ...halves.map((pole, index) => add(pole, roots[index]!)),
    ...halves.map((pole, index) => add(pole, scale(roots[index]!, -1))),
  ];
  return sections(bilinear({ zeros: Array(order).fill(0), poles, gain: width ** order }));
}

/** A high-pass filter; result and errors as `butterworthBandpass`, ceil(order / 2) sections. */
export function butterworthHighpass({ order, edgeHz, samplingRateHz }: EdgeOptions): Float64Array {
  checkEdges([edgeHz], samplingRateHz);
  const edge = warp(edgeHz, samplingRateHz);
  const poles = prototype(order).map((pole) => scale(inverse(pole), edge));
  return sections(bilinear({ zeros: Array(order).fill(0), poles, gain: 1 }));
}

/** A low-pass filter; result and errors as `butterworthBandpass`, ceil(order / 2) sections. */
export function butterworthLowpass({ order, edgeHz, samplingRateHz }: EdgeOptions): Float64Array {
  checkEdges([edgeHz], samplingRateHz);
  const edge = warp(edgeHz, samplingRateHz);
  const poles = prototype(order).map((pole) => scale(pole, edge));
  return sections(bilinear({ zeros: [], poles, gain: edge ** order }));
}

function checkEdges(edgesHz: readonly number[], samplingRateHz: number): void {
  const fits = edgesHz.every(
    (edge, index) => edge > (edgesHz[index - 1] ?? 0) && edge < samplingRateHz / 2,
  );
  if (fits) return;
  throw new PqrError(
    'signal.unusable',
    `A filter with the edges ${edgesHz.join(' and ')} Hz does not fit a signal of ${samplingRateHz} Hz; rising edges between 0 and ${samplingRateHz / 2} Hz are needed.`,
    { hint: 'Give a recording with a higher sampling rate.', details: { edgesHz, samplingRateHz } },
  );
}

/** The analogue frequency that the bilinear transform brings to `edgeHz`. */
function warp(edgeHz: number, samplingRateHz: number): number {
  return BILINEAR * Math.tan((Math.PI * edgeHz) / samplingRateHz);
}

/** Poles of the analogue low-pass with edge 1. */
function prototype(order: number): Complex[] {
  return Array.from({ length: order }, (_, index) => {
    const angle = (Math.PI * (2 * index - order + 1)) / (2 * order);
    return { re: -Math.cos(angle), im: -Math.sin(angle) };
  });
}

function bilinear({ zeros, poles, gain }: ZeroPoleGain): ZeroPoleGain {
  const digitalZeros = zeros.map((zero) => (BILINEAR + zero) / (BILINEAR - zero));
  const atInfinity = Array<number>(poles.length - zeros.length).fill(-1);
  const numerator = zeros.reduce((product, zero) => product * (BILINEAR - zero), 1);
  const denominator = poles.reduce<Complex>(
    (product, pole) => multiply(product, { re: BILINEAR - pole.re, im: -pole.im }),
    { re: 1, im: 0 },
  );
  return {
    zeros: [...digitalZeros, ...atInfinity],
    poles: poles.map((pole) =>
      multiply(
        { re: BILINEAR + pole.re, im: pole.im },
        inverse({ re: BILINEAR - pole.re, im: -pole.im }),
      ),
    ),
    gain: gain * multiply({ re: numerator, im: 0 }, inverse(denominator)).re,
  };
}

/** SciPy's `zpk2sos(..., pairing='nearest')` for filters whose zeros are all real. */
function sections({ zeros, poles, gain }: ZeroPoleGain): Float64Array {
  const odd = poles.length % 2 === 1;
  const freeZeros = [...zeros, ...(odd ? [0] : [])];
  const freePoles = onePerPair([...poles, ...(odd ? [{ re: 0, im: 0 }] : [])]);
  const sectionCount = freeZeros.length / 2;
  const sos = new Float64Array(sectionCount * 6);
  for (let section = sectionCount - 1; section >= 0; section -= 1) {
    const first = takeWorst(freePoles);
    const second = first.im === 0 ? takeWorst(freePoles, true) : { re: first.re, im: -first.im };
    const zero1 = takeNearest(freeZeros, first);
    const zero2 = takeNearest(freeZeros, first);
    const factor = section === 0 ? gain : 1;
    const a2 = first.re * second.re - first.im * second.im;
    sos.set(
      [factor, -factor * (zero1 + zero2), factor * zero1 * zero2, 1, -(first.re + second.re), a2],
      section * 6,
    );
  }
  return sos;
}

/** Conjugate pairs by one pole each (positive imaginary part), then the real poles. */
function onePerPair(poles: readonly Complex[]): Complex[] {
  const isReal = (pole: Complex) => Math.abs(pole.im) <= REAL_TOLERANCE * modulus(pole);
  const byReal = (a: Complex, b: Complex) => a.re - b.re || a.im - b.im;
  const upper = poles.filter((pole) => !isReal(pole) && pole.im > 0).sort(byReal);
  const real = poles.filter(isReal).map((pole) => ({ re: pole.re, im: 0 }));
  return [...upper, ...real.sort(byReal)];
}

/** Takes the pole closest to the unit circle out of the list. */
function takeWorst(poles: Complex[], realOnly = false): Complex {
  let worst = -1;
  let smallest = Number.POSITIVE_INFINITY;
  poles.forEach((pole, index) => {
    const distance = Math.abs(1 - modulus(pole));
    if ((realOnly && pole.im !== 0) || distance >= smallest) return;
    [worst, smallest] = [index, distance];
  });
  return poles.splice(worst, 1)[0]!;
}

function takeNearest(zeros: number[], pole: Complex): number {
  let nearest = 0;
  const distance = (index: number) => Math.hypot(zeros[index]! - pole.re, pole.im);
  for (let index = 1; index < zeros.length; index += 1) {
    if (distance(index) < distance(nearest)) nearest = index;
  }
  return zeros.splice(nearest, 1)[0]!;
}

const modulus = (a: Complex) => Math.hypot(a.re, a.im);
const add = (a: Complex, b: Complex): Complex => ({ re: a.re + b.re, im: a.im + b.im });
const subtract = (a: Complex, b: number): Complex => ({ re: a.re - b, im: a.im });
const scale = (a: Complex, by: number): Complex => ({ re: a.re * by, im: a.im * by });
const multiply = (a: Complex, b: Complex): Complex => ({
  re: a.re * b.re - a.im * b.im,
  im: a.re * b.im + a.im * b.re,
});

function inverse(a: Complex): Complex {
  const squared = a.re * a.re + a.im * a.im;
  return { re: a.re / squared, im: -a.im / squared };
}

function squareRoot(a: Complex): Complex {
  const size = modulus(a);
  const re = Math.sqrt(Math.max(0, (size + a.re) / 2));
  const im = Math.sqrt(Math.max(0, (size - a.re) / 2));
  return { re, im: a.im < 0 ? -im : im };
}
