/**
 * The picked signals of one WFDB file into the rows of a record: millivolts, checksums, density. Its ADC
 * values are at hand (wfdb-decode.ts reads them).
 */
import type { OpenGroup, OpenSignals, PickedSignal } from './wfdb-group.js';
import { type AdcValues, missingCode } from './wfdb-packing.js';
import { decodePair, wordsOf } from './wfdb-pairs.js';
import { scaleTable } from './wfdb-scale-table.js';
import { checksumHolds, decodeSignal, type SignalLayout, stretchSamples } from './wfdb-signal.js';

/** Where decoded samples go: `[rows x rowLength]`, from `startSample` of each row on. */
export interface DecodeTarget {
  readonly samples: Float32Array;
  readonly rowLength: number;
  readonly startSample: number;
  /** Samples a frame of the record; signals with fewer are stretched. */
  readonly samplesPerFrame: number;
}

/** A group with its ADC values, interleaved in frames. */
export interface GroupValues {
  readonly group: OpenGroup;
  readonly open: OpenSignals;
  readonly adc: AdcValues;
}

interface PickedValues extends GroupValues {
  readonly pick: PickedSignal;
}

/** Decodes all picked signals of a group; returns those whose checksum does not fit. */
export function decodePicks(values: GroupValues, target: DecodeTarget): PickedSignal[] {
  const { picks } = values.group;
  const wrong: PickedSignal[] = [];
  const check = (pick: PickedSignal, sum: number) => {
    if (!checksumFits({ ...values, pick }, sum)) wrong.push(pick);
  };
  for (let index = 0; index < picks.length; index++) {
    const [pick, next] = [picks[index]!, picks[index + 1]];
    const sums = next && decodeTwo(values, pick, next, target);
    if (sums) {
      check(pick, sums[0]);
      check(next, sums[1]);
      index++;
    } else check(pick, decodePick({ ...values, pick }, target));
  }
  return wrong;
}

/** Two signals that share words, a scale and their place in time; undefined where they don't. */
function decodeTwo(
  { group, open, adc }: GroupValues,
  first: PickedSignal,
  second: PickedSignal,
  target: DecodeTarget,
): readonly [number, number] | undefined {
  const { frameSize, frameOffsets, format, availableFrames } = group;
  const place = frameOffsets.get(first.signalIndex)!;
  if (place % 2 !== 0 || frameOffsets.get(second.signalIndex) !== place + 1) return undefined;
  const { baseline, adcPerMillivolt } = first.scale;
  const sameScale =
    second.scale.baseline === baseline && second.scale.adcPerMillivolt === adcPerMillivolt;
  const plain = [first, second].every(({ signalIndex }) => {
    const { samplesPerFrame, skewFrames } = open.header.signals[signalIndex]!;
    return samplesPerFrame === 1 && skewFrames === 0;
  });
  if (!sameScale || !plain || target.samplesPerFrame !== 1) return undefined;
  if (availableFrames < open.frameCount) return undefined;
  const words = wordsOf(adc, frameSize);
  const missing = missingCode(format) ?? Number.NaN;
  const table = words && scaleTable(first.scale, missing, 2 * open.frameCount);
  if (!words || !table) return undefined;
  const offsetOf = ({ row }: PickedSignal) => row * target.rowLength + target.startSample;
  return decodePair({
    ...{ words, table, target: target.samples, frameCount: open.frameCount },
    frameWords: frameSize / 2,
    wordOffset: place / 2,
    offsets: [offsetOf(first), offsetOf(second)],
  });
}

function layoutOf({ group, open, adc, pick }: PickedValues): SignalLayout {
  const { format, frameSize } = group;
  const { samplesPerFrame } = open.header.signals[pick.signalIndex]!;
  const frameOffset = group.frameOffsets.get(pick.signalIndex)!;
  return { adc, format, frameSize, frameOffset, samplesPerFrame };
}

/** Decodes a signal into its row; returns the sum of its ADC values. */
function decodePick(picked: PickedValues, target: DecodeTarget): number {
  const { group, open, pick } = picked;
  const layout = layoutOf(picked);
  const { samplesPerFrame } = layout;
  const { skewFrames: start } = open.header.signals[pick.signalIndex]!;
  const count = Math.max(0, Math.min(open.frameCount, group.availableFrames - start));
  const offset = pick.row * target.rowLength + target.startSample;
  const { samples } = target;
  if (samplesPerFrame === target.samplesPerFrame) {
    const sum = decodeSignal(layout, pick.scale, { start, count, target: samples, offset });
    const end = offset + open.frameCount * samplesPerFrame;
    samples.fill(Number.NaN, offset + count * samplesPerFrame, end);
    return sum;
  }
  const own = new Float32Array(open.frameCount * samplesPerFrame).fill(Number.NaN);
  const sum = decodeSignal(layout, pick.scale, { start, count, target: own, offset: 0 });
  stretchSamples(own, samples, offset, target.samplesPerFrame / samplesPerFrame);
  return sum;
}

/** The sum that decoding gave settles it, unless a skew moved the range or missing samples differ. */
function checksumFits(picked: PickedValues, sum: number): boolean {
  const { open, pick } = picked;
  const { checksum, skewFrames } = open.header.signals[pick.signalIndex]!;
  if (checksum === undefined) return true;
  if (skewFrames === 0 && ((sum - checksum) & 0xffff) === 0) return true;
  return checksumHolds(layoutOf(picked), open.frameCount, checksum);
}
