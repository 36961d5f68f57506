/**
 * The 24-byte header of a MATLAB v4 file that holds one matrix, as WFDB's `16+24` files begin with it.
 *
 * Source: MATLAB MAT-file format, "Level 4". Only the header is read: the samples behind it are WFDB
 * format 16 at byte offset 24 when the matrix is called `val` and holds 16-bit integers.
 */
import { PqrError } from '../ecg/errors.js';
import { shown } from './byte-source.js';

export const MAT4_HEADER_BYTES = 24;
const FIXED_BYTES = 20;
const MAX_NAME_BYTES = 64;
/** MOPT digits: little-endian (0), reserved 0, precision P, full matrix (0). */
const PRECISIONS = ['float64', 'float32', 'int32', 'int16', 'uint16', 'uint8'];
const INT16 = 'int16';

export interface Mat4Header {
  readonly precision: string;
  readonly rowCount: number;
  readonly columnCount: number;
  readonly name: string;
}

/** The header at the start of `bytes`, or undefined where there is none. */
export function parseMat4Header(bytes: Uint8Array): Mat4Header | undefined {
  if (bytes.length < FIXED_BYTES + 1) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [type, rowCount, columnCount, imaginary, nameBytes] = [0, 4, 8, 12, 16].map((at) =>
    view.getInt32(at, true),
  ) as [number, number, number, number, number];
  const precision = type % 10 === 0 && type >= 0 ? PRECISIONS[type / 10] : undefined;
  if (precision === undefined || rowCount < 1 || columnCount < 1 || imaginary !== 0) {
    return undefined;
  }
  if (nameBytes < 2 || nameBytes > MAX_NAME_BYTES) return undefined;
  const name = String.fromCharCode(...bytes.subarray(FIXED_BYTES, FIXED_BYTES + nameBytes - 1));
  return /^[A-Za-z]\w*$/.test(name) ? { precision, rowCount, columnCount, name } : undefined;
}

/**
 * Throws where a MAT file isn't the matrix that the WFDB header describes.
 * @throws `format.unsupported` (no 16-bit integers), `format.inconsistent` (other rows or columns)
 */
export function checkMat4Header(
  mat: Mat4Header,
  file: string,
  expected: { readonly rowCount: number; readonly columnCount: number },
): void {
  if (mat.precision !== INT16) {
    throw new PqrError(
      'format.unsupported',
      `${shown(file)} holds ${mat.precision} values; WFDB format 16+24 needs ${INT16}.`,
    );
  }
  const { rowCount, columnCount } = expected;
  if (mat.rowCount === rowCount && mat.columnCount >= columnCount) return;
  throw new PqrError(
    'format.inconsistent',
    `${shown(file)} holds ${mat.rowCount} signals of ${mat.columnCount} samples; its header says ${rowCount} of ${columnCount}.`,
  );
}
