/** Values of DICOM data elements: numbers, text, code sequences. Source: DICOM PS3.5, section 6.2. */
import { asciiOf, type DicomDataset } from './dicom-elements.js';
import { decodeText, parseDecimal } from './text.js';

/** An unsigned 16- or 32-bit number by the length of its element. */
export function unsignedOf(dataset: DicomDataset, tag: number): number | undefined {
  const bytes = dataset.get(tag)?.bytes;
  if (bytes === undefined || bytes.length < 2) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return bytes.length >= 4 ? view.getUint32(0, true) : view.getUint16(0, true);
}

/** The first value of a decimal string (DS, IS). */
export function decimalOf(dataset: DicomDataset, tag: number): number | undefined {
  return parseDecimal(asciiOf(dataset.get(tag)?.bytes).split('\\')[0]!.trim());
}

/** Text without padding; undefined where it is missing or empty. UTF-8 where it is that, else Latin-1. */
export function textValueOf(dataset: DicomDataset, tag: number): string | undefined {
  const bytes = dataset.get(tag)?.bytes;
  if (bytes === undefined) return undefined;
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return decodeText(bytes.subarray(0, end)).trim() || undefined;
}

export interface DicomCode {
  readonly value: string;
  readonly scheme: string;
  readonly meaning: string;
}

const CODE_VALUE = 0x0008_0100;
const CODE_SCHEME = 0x0008_0102;
const CODE_MEANING = 0x0008_0104;

/** The first item of a code sequence. */
export function codeOf(dataset: DicomDataset, tag: number): DicomCode | undefined {
  const item = dataset.get(tag)?.items?.[0];
  if (item === undefined) return undefined;
  const text = (of: number) => textValueOf(item, of) ?? '';
  return { value: text(CODE_VALUE), scheme: text(CODE_SCHEME), meaning: text(CODE_MEANING) };
}
