/**
 * The sections of an SCP-ECG file and the fields in their headers.
 *
 * Source: EN 1064:2005+A1:2007 (SCP-ECG), sections 5.2 (file), 5.3 (pointers), 5.6 (lead definition),
 * 5.7 (QRS locations), 5.8 and 5.9 (reference beat, rhythm).
 */
import { PqrError } from '../ecg/errors.js';
import { shown } from './byte-source.js';

const FILE_HEAD_BYTES = 6;
const SECTION_HEAD_BYTES = 16;
const POINTER_BYTES = 10;
const MAX_SECTIONS = 64;

/** A section without its header. */
export class ScpSection {
  private readonly view: DataView;

  constructor(
    readonly id: number,
    readonly bytes: Uint8Array,
    readonly protocolVersion: number,
    private readonly file: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.bytes.length;
  }

  unsigned8(at: number): number {
    return this.view.getUint8(this.check(at, 1));
  }

  unsigned16(at: number): number {
    return this.view.getUint16(this.check(at, 2), true);
  }

  signed16(at: number): number {
    return this.view.getInt16(this.check(at, 2), true);
  }

  unsigned32(at: number): number {
    return this.view.getUint32(this.check(at, 4), true);
  }

  slice(at: number, length: number): Uint8Array {
    return this.bytes.subarray(this.check(at, length), at + length);
  }

  private check(at: number, length: number): number {
    if (at + length <= this.bytes.length) return at;
    throw new PqrError(
      'format.truncated',
      `${shown(this.file)}: section ${this.id} has ${this.bytes.length} bytes; byte ${at + length} is needed.`,
      { hint: 'Copy the file again.' },
    );
  }
}

/** The sections that have content, by number. @throws `format.header`, `format.truncated` */
export function readScpSections(bytes: Uint8Array, file: string): Map<number, ScpSection> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < FILE_HEAD_BYTES + SECTION_HEAD_BYTES) {
    throw new PqrError('format.truncated', `${shown(file)} has only ${bytes.length} bytes.`);
  }
  const pointersEnd = Math.min(FILE_HEAD_BYTES + view.getUint32(10, true), bytes.length);
  const sections = new Map<number, ScpSection>();
  for (
    let at = FILE_HEAD_BYTES + SECTION_HEAD_BYTES;
    at + POINTER_BYTES <= pointersEnd && sections.size < MAX_SECTIONS;
    at += POINTER_BYTES
  ) {
    const id = view.getUint16(at, true);
    const length = view.getUint32(at + 2, true);
    const start = view.getUint32(at + 6, true) - 1;
    if (length <= SECTION_HEAD_BYTES || id === 0 || sections.has(id)) continue;
    if (start < 0 || start + length > bytes.length) {
      throw new PqrError(
        'format.truncated',
        `${shown(file)}: section ${id} lies at bytes ${start} to ${start + length}, the file has ${bytes.length}.`,
        { hint: 'Copy the file again.' },
      );
    }
    const content = bytes.subarray(start + SECTION_HEAD_BYTES, start + length);
    sections.set(id, new ScpSection(id, content, bytes[start + 9]!, file));
  }
  return sections;
}

export interface ScpLead {
  readonly number: number;
  /** First and last sample, counted from 1. */
  readonly start: number;
  readonly end: number;
}

export interface ScpLeads {
  readonly leads: readonly ScpLead[];
  /** The rhythm is what is left after the reference beat was taken off at each QRS. */
  readonly referenceBeatTakenOff: boolean;
}

/** Section 3. */
export function readScpLeads(section: ScpSection): ScpLeads {
  const count = section.unsigned8(0);
  const flags = section.unsigned8(1);
  const leads = Array.from({ length: count }, (_, index) => {
    const at = 2 + 9 * index;
    const [start, end] = [section.unsigned32(at), section.unsigned32(at + 4)];
    // Some writers count from 0, and then name the number of samples as the last one.
    return { number: section.unsigned8(at + 8), start: Math.max(1, start), end };
  });
  return { leads, referenceBeatTakenOff: (flags & 1) !== 0 };
}

export interface ScpQrs {
  readonly type: number;
  /** Samples counted from 1: where the reference beat begins, its fiducial point lies, and it ends. */
  readonly start: number;
  readonly fiducial: number;
  readonly end: number;
}

export interface ScpQrsLocations {
  /** The fiducial point within the reference beat, counted from 1. */
  readonly referenceFiducial: number;
  readonly beats: readonly ScpQrs[];
}

/** Section 4. */
export function readScpQrsLocations(section: ScpSection): ScpQrsLocations {
  const count = section.unsigned16(4);
  return {
    referenceFiducial: section.unsigned16(2),
    beats: Array.from({ length: count }, (_, index) => {
      const at = 6 + 14 * index;
      return {
        type: section.unsigned16(at),
        start: section.unsigned32(at + 2),
        fiducial: section.unsigned32(at + 6),
        end: section.unsigned32(at + 10),
      };
    }),
  };
}

/** Sections 5 and 6: coded samples a lead. */
export interface ScpSamples {
  readonly nanovoltsPerStep: number;
  readonly microsecondsPerSample: number;
  /** 0, 1 or 2: samples, first or second differences. */
  readonly differences: number;
  readonly bimodal: boolean;
  readonly leads: readonly Uint8Array[];
}

export function readScpSamples(section: ScpSection, leadCount: number): ScpSamples {
  let at = 6 + 2 * leadCount;
  const leads = Array.from({ length: leadCount }, (_, index) => {
    const length = section.unsigned16(6 + 2 * index);
    const bytes = section.slice(at, length);
    at += length;
    return bytes;
  });
  return {
    nanovoltsPerStep: section.unsigned16(0),
    microsecondsPerSample: section.unsigned16(2),
    differences: section.unsigned8(4),
    bimodal: section.id === 6 && section.unsigned8(5) !== 0,
    leads,
  };
}
