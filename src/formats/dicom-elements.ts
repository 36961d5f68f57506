/**
 * DICOM data elements: tags, lengths and nested sequences of a file in memory.
 *
 * Source: DICOM PS3.5 (data structures and encoding), PS3.10 (file meta information). Transfer syntaxes:
 * implicit and explicit VR little endian, deflated explicit VR; no big endian, no encapsulated data. Values
 * stay bytes; dicom-values.ts reads them.
 */
import { inflateRawSync } from 'node:zlib';
import { PqrError } from '../ecg/errors.js';
import type { Limits } from '../ecg/limits.js';
import { shown } from './byte-source.js';

/** Elements by tag, `group * 65536 + element`. */
export type DicomDataset = ReadonlyMap<number, DicomElement>;

export interface DicomElement {
  readonly bytes: Uint8Array;
  /** Only of a sequence. */
  readonly items?: readonly DicomDataset[];
}

export interface DicomFile {
  readonly meta: DicomDataset;
  readonly dataset: DicomDataset;
}

export const DICOM_PREAMBLE_BYTES = 132;
const TRANSFER_SYNTAX = 0x0002_0010;
const IMPLICIT = '1.2.840.10008.1.2';
const EXPLICIT = '1.2.840.10008.1.2.1';
const DEFLATED = '1.2.840.10008.1.2.1.99';
const ITEM = 0xfffe_e000;
const ITEM_END = 0xfffe_e00d;
const SEQUENCE_END = 0xfffe_e0dd;
const UNDEFINED = 0xffff_ffff;
const MAX_DEPTH = 16;
const MAX_ELEMENTS = 200_000;
const LONG_VRS = new Set('OB OD OF OL OV OW SQ SV UC UN UR UT UV'.split(' '));

/** The sequences that are read, which implicit VR does not tell from plain values. */
const SEQUENCES = new Set([
  ...[0x5400_0100, 0x003a_0200, 0x003a_0208, 0x003a_0211, 0x0040_b020, 0x0040_a043, 0x0040_08ea],
  ...[0x0040_a168, 0x0040_0555],
]);

const dicomError = (message: string, code: 'format.header' | 'format.truncated') =>
  new PqrError(code, message, { hint: 'Export or copy the file again.' });

/** Parses a file with preamble. @throws `format.header`, `format.truncated`, `format.unsupported` */
export function parseDicom(bytes: Uint8Array, file: string, limits: Limits): DicomFile {
  const metaReader = new DicomReader(bytes, DICOM_PREAMBLE_BYTES, bytes.length, true, file);
  const meta = metaReader.readMeta();
  const start = metaReader.at;
  const syntax = asciiOf(meta.get(TRANSFER_SYNTAX)?.bytes) || IMPLICIT;
  if (syntax === DEFLATED) {
    const inflated = inflate(bytes.subarray(start), file, limits);
    const reader = new DicomReader(inflated, 0, inflated.length, true, file);
    return { meta, dataset: reader.readDataset() };
  }
  if (syntax !== IMPLICIT && syntax !== EXPLICIT) {
    throw new PqrError(
      'format.unsupported',
      `${shown(file)} is in the DICOM transfer syntax ${shown(syntax)}; little endian (${IMPLICIT}, ${EXPLICIT}, ${DEFLATED}) is read.`,
      { hint: 'Convert it, for example with dcmconv +te.' },
    );
  }
  const reader = new DicomReader(bytes, start, bytes.length, syntax === EXPLICIT, file);
  return { meta, dataset: reader.readDataset() };
}

function inflate(bytes: Uint8Array, file: string, limits: Limits): Uint8Array {
  try {
    return inflateRawSync(bytes, { maxOutputLength: limits.fileBytes });
  } catch (cause) {
    throw new PqrError(
      'format.header',
      `${shown(file)}: the deflated data set can't be inflated within ${limits.fileBytes} bytes.`,
      { cause },
    );
  }
}

/** Text of up to a few hundred bytes without padding. */
export function asciiOf(bytes: Uint8Array | undefined): string {
  return new TextDecoder('latin1')
    .decode(bytes?.subarray(0, 1024))
    .replace(/[\0 ]+$/, '')
    .trimStart();
}

interface Head {
  readonly tag: number;
  readonly vr: string;
  readonly length: number;
}

class DicomReader {
  private readonly view: DataView;
  private elementCount = 0;

  constructor(
    private readonly bytes: Uint8Array,
    public at: number,
    private readonly end: number,
    private readonly explicit: boolean,
    private readonly file: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Group 2, always in explicit VR. */
  readMeta(): DicomDataset {
    const meta = new Map<number, DicomElement>();
    while (this.at + 8 <= this.end && this.view.getUint16(this.at, true) === 2) {
      const { tag, length } = this.readHead(true);
      meta.set(tag, { bytes: this.take(length, tag) });
    }
    return meta;
  }

  readDataset(): DicomDataset {
    return this.readElements(this.end, 0, this.explicit);
  }

  /** Elements up to `end`, or to the item's own end mark. */
  private readElements(end: number, depth: number, explicit: boolean): DicomDataset {
    if (depth > MAX_DEPTH) this.fail(`sequences are nested deeper than ${MAX_DEPTH}`);
    const elements = new Map<number, DicomElement>();
    while (this.at < end) {
      const { tag, vr, length } = this.readHead(explicit);
      if (tag === ITEM_END) return elements;
      this.elementCount++;
      if (this.elementCount > MAX_ELEMENTS)
        this.fail(`there are more than ${MAX_ELEMENTS} elements`);
      const sequence = vr === 'SQ' || (vr === '' && SEQUENCES.has(tag)) || length === UNDEFINED;
      elements.set(
        tag,
        sequence
          ? this.readSequence(length, depth, explicit && vr !== 'UN')
          : { bytes: this.take(length, tag) },
      );
    }
    return elements;
  }

  private readSequence(length: number, depth: number, explicit: boolean): DicomElement {
    const end = length === UNDEFINED ? this.end : this.at + length;
    if (end > this.end) this.truncated('a sequence');
    const items: DicomDataset[] = [];
    while (this.at < end) {
      const head = this.readHead(false);
      if (head.tag === SEQUENCE_END) break;
      if (head.tag !== ITEM) this.fail('a sequence holds something else than items');
      const itemEnd = head.length === UNDEFINED ? end : this.at + head.length;
      if (itemEnd > end) this.truncated('an item');
      items.push(this.readElements(itemEnd, depth + 1, explicit));
    }
    return { bytes: new Uint8Array(), items };
  }

  private readHead(explicit: boolean): Head {
    if (this.at + 8 > this.end) this.truncated('a data element');
    const { view, at } = this;
    const tag = view.getUint16(at, true) * 65536 + view.getUint16(at + 2, true);
    const delimiter = tag === ITEM || tag === ITEM_END || tag === SEQUENCE_END;
    if (!explicit || delimiter) {
      this.at += 8;
      return { tag, vr: '', length: view.getUint32(at + 4, true) };
    }
    const vr = String.fromCharCode(this.bytes[at + 4]!, this.bytes[at + 5]!);
    if (!/^[A-Z]{2}$/.test(vr)) this.fail('an element has no value representation');
    if (!LONG_VRS.has(vr)) {
      this.at += 8;
      return { tag, vr, length: view.getUint16(at + 6, true) };
    }
    if (at + 12 > this.end) this.truncated('a data element');
    this.at += 12;
    return { tag, vr, length: view.getUint32(at + 8, true) };
  }

  private take(length: number, tag: number): Uint8Array {
    if (length > this.end - this.at) {
      const name = `(${hex(tag >>> 16)},${hex(tag & 0xffff)})`;
      this.truncated(`element ${name} of ${length} bytes`);
    }
    const start = this.at;
    this.at += length;
    return this.bytes.subarray(start, this.at);
  }

  private truncated(what: string): never {
    throw dicomError(
      `${shown(this.file)} ends inside ${what}: ${this.end - this.at} bytes are left at byte ${this.at} of ${this.end}.`,
      'format.truncated',
    );
  }

  private fail(why: string): never {
    throw dicomError(
      `${shown(this.file)} is no valid DICOM file: ${why} (byte ${this.at}).`,
      'format.header',
    );
  }
}

const hex = (value: number) => value.toString(16).padStart(4, '0');
