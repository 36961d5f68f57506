/**
 * One channel of a FLAC frame: constant, verbatim, fixed or linear prediction with Rice-coded residual.
 *
 * Source: RFC 9639 (FLAC), section 9.2. Sums are float64: 24 bits of sample, 15 of coefficient and 32
 * terms stay below 2^53.
 */
import { type FlacBits, flacError } from './flac-bits.js';

const FIXED_COEFFICIENTS: readonly (readonly number[])[] = [
  [],
  [1],
  [2, -1],
  [3, -3, 1],
  [4, -6, 4, -1],
];
const CONSTANT = 0;
const VERBATIM = 1;
const FIRST_FIXED = 8;
const FIRST_LINEAR = 32;
/** Rice parameters of 4 or 5 bits; the largest one means plain numbers. */
const PARAMETER_BITS = [4, 5];

/** Decodes a subframe into `target`, whose length is the block size; `bits` a sample. */
export function decodeSubframe(reader: FlacBits, bits: number, target: Int32Array): void {
  if (reader.unsigned(1) !== 0) flacError('a subframe begins with a one');
  const type = reader.unsigned(6);
  const wasted = reader.unsigned(1) === 1 ? reader.unary() + 1 : 0;
  const width = bits - wasted;
  if (width < 1) flacError('a subframe wastes all its bits');
  if (type === CONSTANT) target.fill(reader.signed(width));
  else if (type === VERBATIM) readPlain(reader, width, target, 0, target.length);
  else if (type >= FIRST_LINEAR) decodeLinear(reader, type - FIRST_LINEAR + 1, width, target);
  else decodeFixed(reader, type - FIRST_FIXED, width, target);
  if (wasted === 0) return;
  for (let index = 0; index < target.length; index++) target[index] = target[index]! << wasted;
}

function readPlain(
  reader: FlacBits,
  width: number,
  target: Int32Array,
  start: number,
  end: number,
): void {
  for (let index = start; index < end; index++) target[index] = reader.signed(width);
}

function decodeFixed(reader: FlacBits, order: number, width: number, target: Int32Array): void {
  const coefficients = FIXED_COEFFICIENTS[order];
  if (coefficients === undefined) flacError('a subframe is of a reserved type');
  checkOrder(order, target);
  readPlain(reader, width, target, 0, order);
  readResidual(reader, order, target);
  predict(target, coefficients, 0);
}

function decodeLinear(reader: FlacBits, order: number, width: number, target: Int32Array): void {
  checkOrder(order, target);
  readPlain(reader, width, target, 0, order);
  const precision = reader.unsigned(4) + 1;
  if (precision === 16) flacError('a subframe has a reserved precision');
  const shift = reader.signed(5);
  if (shift < 0) flacError('a subframe shifts to the left');
  const coefficients = Array.from({ length: order }, () => reader.signed(precision));
  readResidual(reader, order, target);
  predict(target, coefficients, shift);
}

function checkOrder(order: number, target: Int32Array): void {
  if (order > target.length) flacError('a subframe predicts from more samples than it has');
}

/** Turns the residual behind the warm-up samples into samples. */
function predict(target: Int32Array, coefficients: readonly number[], shift: number): void {
  const order = coefficients.length;
  if (order === 0) return;
  const factor = 2 ** -shift;
  // Oldest first, as the samples lie.
  const weights = Float64Array.from(coefficients.toReversed());
  const values = Float64Array.from(target);
  for (let index = order; index < values.length; index++) {
    let sum = 0;
    for (let tap = 0, at = index - order; tap < order; tap++, at++) {
      sum += weights[tap]! * values[at]!;
    }
    // Samples are whole numbers of 32 bits: a damaged stream wraps around as it always did.
    const value = (target[index]! + Math.floor(sum * factor)) | 0;
    values[index] = value;
    target[index] = value;
  }
}

function readResidual(reader: FlacBits, order: number, target: Int32Array): void {
  const parameterBits = PARAMETER_BITS[reader.unsigned(2)];
  if (parameterBits === undefined) flacError('a residual is coded in a reserved way');
  const partitionCount = 2 ** reader.unsigned(4);
  const partitionLength = target.length / partitionCount;
  if (!Number.isInteger(partitionLength) || partitionLength < order) {
    flacError('a residual has more partitions than samples');
  }
  for (let partition = 0; partition < partitionCount; partition++) {
    const start = partition === 0 ? order : partition * partitionLength;
    const end = (partition + 1) * partitionLength;
    const parameter = reader.unsigned(parameterBits);
    if (parameter === 2 ** parameterBits - 1) {
      readPlain(reader, reader.unsigned(5), target, start, end);
    } else {
      reader.riceRun(parameter, target, start, end);
    }
  }
}
