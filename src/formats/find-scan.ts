/**
 * What the files of one folder are: which are recordings, which belong to another's header, and the
 * cheap fingerprint (bytes, time of change) of a recording with everything it is made of.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PqrError, throwIfAborted } from '../ecg/errors.js';
import type { Limits } from '../ecg/limits.js';
import { checkSiblingName, shown } from './byte-source.js';
import { detectFormat, type SingleFormat } from './detect.js';
import { openFile } from './file-source.js';
import { mayBeEcg } from './find-single.js';
import { isSingle, readStart } from './locate.js';
import { npyShapeIsEcg } from './npy.js';
import { sidecarNames } from './sidecar.js';
import { decodeText } from './text.js';
import { parseWfdbHeader, type WfdbHeader } from './wfdb-header.js';

/** Bytes and time of change of one file, or of several together. */
export interface Fingerprint {
  readonly bytes: number;
  readonly modifiedMilliseconds: number;
}

export interface ScannedFile {
  readonly name: string;
  readonly format: 'wfdb' | 'csv' | 'npy' | SingleFormat;
  /** Of this file alone. */
  readonly own: Fingerprint;
  /** Undefined where the header doesn't parse: reading the recording will say why. */
  readonly header?: WfdbHeader;
}

/** Files looked at side by side in a folder. */
export const OPEN_AT_ONCE = 16;

const HEADER_NAME = /\.hea$/i;
/** Files under these names that are no recording are told as a failure. */
const EXPECTED_NAME = /\.(?:hea|npy)$/i;

/** Formats whose files may have a description beside them. */
const SIDECAR_FORMATS: ReadonlySet<string> = new Set(['npy', 'mat', 'hdf5']);

export class FolderScan {
  private readonly headers = new Map<string, ScannedFile>();
  /** Signal files of those headers: never recordings of their own. */
  private readonly signalFiles = new Set<string>();
  /** Headers of segments: parts of a multi-segment record that is listed itself. */
  private readonly segmentFiles = new Set<string>();

  constructor(
    private readonly folder: string,
    private readonly limits: Limits,
  ) {}

  /** Reads the headers among `names` first, so that their signal files need not be opened. */
  async readHeaders(names: readonly string[], signal?: AbortSignal): Promise<void> {
    const headers = names.filter((name) => HEADER_NAME.test(name));
    for (let start = 0; start < headers.length; start += OPEN_AT_ONCE) {
      throwIfAborted(signal);
      const batch = headers.slice(start, start + OPEN_AT_ONCE);
      await Promise.all(batch.map((name) => this.readHeader(name)));
    }
  }

  private async readHeader(name: string): Promise<void> {
    try {
      const scanned = await this.sniff(name);
      if (scanned?.format !== 'wfdb') return;
      this.headers.set(name, scanned);
      this.noteParts(scanned);
    } catch (error) {
      // Told when its turn comes in `examine`.
      if (!PqrError.isInstance(error)) throw error;
    }
  }

  /** What a file is; undefined where it is no recording of its own. @throws `format.*`, `file.*` */
  async examine(name: string): Promise<ScannedFile | undefined> {
    if (this.segmentFiles.has(name)) return undefined;
    const header = this.headers.get(name);
    if (header !== undefined) return header;
    return this.signalFiles.has(name) ? undefined : this.sniff(name);
  }

  private noteParts({ name, header }: ScannedFile): void {
    for (const file of signalNames(header)) this.signalFiles.add(file);
    for (const file of segmentNames(header)) if (file !== name) this.segmentFiles.add(file);
  }

  private async sniff(name: string): Promise<ScannedFile | undefined> {
    const source = await openFile(join(this.folder, name), this.limits);
    const start = await readStart(source);
    if (start.length === 0)
      throw new PqrError('format.empty', `${shown(name)} is empty (0 bytes).`);
    const own = { bytes: source.byteLength, modifiedMilliseconds: source.modifiedMilliseconds };
    const detected = detectFormat(start);
    if (detected.format === 'npy' && npyShapeIsEcg(start, name, this.limits)) {
      return { name, own, format: 'npy' };
    }
    if (detected.format === 'csv' && detected.sure) return { name, own, format: 'csv' };
    if (isSingle(detected)) {
      const { format } = detected;
      return (await mayBeEcg(format, source, this.limits)) ? { name, own, format } : undefined;
    }
    if (detected.format !== 'wfdb') return this.passOver(name, detected);
    const whole =
      source.byteLength > start.length ? await source.slice(0, this.limits.headerBytes) : start;
    return { name, own, format: 'wfdb', ...this.tryParse(whole, name) };
  }

  private passOver(name: string, detected: { format: string; looksLike?: string }): undefined {
    if (!EXPECTED_NAME.test(name) || detected.format === 'npy') return undefined;
    const looksLike = detected.looksLike ?? detected.format;
    throw new PqrError(
      'format.unknown',
      `${shown(name)} is no recording that is read: it looks like ${looksLike}.`,
    );
  }

  private tryParse(bytes: Uint8Array, name: string): { header?: WfdbHeader } {
    try {
      return { header: parseWfdbHeader(decodeText(bytes), name, this.limits) };
    } catch (error) {
      if (PqrError.isInstance(error)) return {};
      throw error;
    }
  }

  /** Bytes and time of change of a recording's files together. */
  async fingerprint(scanned: ScannedFile): Promise<Fingerprint> {
    let { bytes, modifiedMilliseconds } = scanned.own;
    for (const part of await this.allParts(scanned)) {
      const stats = await stat(join(this.folder, part)).catch(() => undefined);
      if (stats === undefined) continue;
      bytes += stats.size;
      modifiedMilliseconds = Math.max(modifiedMilliseconds, stats.mtimeMs);
    }
    return { bytes, modifiedMilliseconds: Math.floor(modifiedMilliseconds) };
  }

  /** Every other file that a recording is made of; the ones that are missing are told by reading it. */
  private async allParts(scanned: ScannedFile): Promise<Set<string>> {
    if (SIDECAR_FORMATS.has(scanned.format)) return new Set(sidecarNames(scanned.name));
    const parts = new Set(signalNames(scanned.header));
    for (const segment of segmentNames(scanned.header)) {
      parts.add(segment);
      const known = this.headers.get(segment) ?? (await this.sniff(segment).catch(() => undefined));
      for (const file of signalNames(known?.header)) parts.add(file);
    }
    parts.delete(scanned.name);
    return parts;
  }
}

/** The signal files that a header names, those inside its folder. */
function signalNames(header: WfdbHeader | undefined): string[] {
  const names = header?.signals.map((signal) => signal.fileName) ?? [];
  return names.filter((name) => name !== '~' && isSafe(name));
}

/** The headers of the segments that a header names. */
function segmentNames(header: WfdbHeader | undefined): string[] {
  const names = header?.segments?.map((segment) => segment.name) ?? [];
  return names.filter((name) => name !== '~' && isSafe(name)).map((name) => `${name}.hea`);
}

function isSafe(name: string): boolean {
  try {
    checkSiblingName(name);
    return true;
  } catch {
    return false;
  }
}
