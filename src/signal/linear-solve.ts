/**
 * Solves `A X = B` for a symmetric positive definite A by Cholesky's factors; small matrices only.
 * @param a `[size x size]`, row after row
 * @param b `[size x columnCount]`
 * @returns X `[size x columnCount]`
 */
import { assert } from '../ecg/errors.js';

export function solvePositive(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const columnCount = b.length / size;
  const factor = cholesky(a, size);
  const x = b.slice();
  for (let column = 0; column < columnCount; column += 1) {
    for (let row = 0; row < size; row += 1) {
      let sum = x[row * columnCount + column]!;
      for (let at = 0; at < row; at += 1)
        sum -= factor[row * size + at]! * x[at * columnCount + column]!;
      x[row * columnCount + column] = sum / factor[row * size + row]!;
    }
    for (let row = size - 1; row >= 0; row -= 1) {
      let sum = x[row * columnCount + column]!;
      for (let at = row + 1; at < size; at += 1)
        sum -= factor[at * size + row]! * x[at * columnCount + column]!;
      x[row * columnCount + column] = sum / factor[row * size + row]!;
    }
  }
  return x;
}

/** The lower triangle L with A = L L'. */
function cholesky(a: Float64Array, size: number): Float64Array {
  const factor = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let sum = a[row * size + column]!;
      for (let at = 0; at < column; at += 1)
        sum -= factor[row * size + at]! * factor[column * size + at]!;
      if (row === column) {
        assert(sum > 0, 'a matrix to be solved is positive definite');
        factor[row * size + row] = Math.sqrt(sum);
      } else factor[row * size + column] = sum / factor[column * size + column]!;
    }
  }
  return factor;
}
