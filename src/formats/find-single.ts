/**
 * Which files of their own in a folder are worth reading: an image in DICOM, an EDF file of annotations or
 * a ZIP archive of documents is no failed recording, it is none.
 */
import { PqrError } from '../ecg/errors.js';
import type { Limits } from '../ecg/limits.js';
import { archiveKind } from './archive.js';
import { listZip } from './archive-zip.js';
import type { ByteSource } from './byte-source.js';
import type { SingleFormat } from './detect.js';
import { dicomMayBeEcg } from './dicom.js';
import {
  EDF_ANNOTATIONS,
  EDF_FIXED_BYTES,
  edfHeaderBytes,
  edfSignalCount,
  parseEdfHeader,
} from './edf-header.js';
import { layoutHdf5 } from './hdf5-layout.js';
import { readStart } from './locate.js';

const RECORDING_IN_ARCHIVE = /\.(?:hea|dcm|edf|scp|xml|ecg|hl7|json|csv)$/i;
/** What office documents hold; they are ZIP archives too. */
const DOCUMENT_IN_ARCHIVE = /(?:^\[Content_Types\]\.xml|^mimetype|\.class|package\.json)$/;
const TAR_NAME = /\.(?:tar|tgz|tar\.gz)$/i;
const FILE_NAME_IN_GZIP = /\.(?:dcm|edf|scp|xml|ecg|hl7)\.gz$/i;

/** False where a file is surely no ECG. @throws `file.*` */
export async function mayBeEcg(
  format: SingleFormat,
  source: ByteSource,
  limits: Limits,
): Promise<boolean> {
  if (format === 'dicom') return dicomMayBeEcg(await readStart(source));
  if (format === 'edf') return hasEdfSignals(source, limits);
  if (format === 'fhir') return hasSampledData(source, limits);
  if (format === 'hdf5') return holdsEcgs(source, limits);
  return format === 'archive' ? holdsRecordings(source, limits) : true;
}

async function hasEdfSignals(source: ByteSource, limits: Limits): Promise<boolean> {
  try {
    const fixed = await source.slice(0, EDF_FIXED_BYTES);
    const headerBytes = edfHeaderBytes(edfSignalCount(fixed, source.name, limits));
    const header = parseEdfHeader(await source.slice(0, headerBytes), source.name, limits);
    return header.signals.some((signal) => signal.label !== EDF_ANNOTATIONS);
  } catch (error) {
    if (PqrError.isInstance(error)) return true; // reading it will say what is wrong
    throw error;
  }
}

/** HDF5 holds anything, models of neural networks too. */
async function holdsEcgs(source: ByteSource, limits: Limits): Promise<boolean> {
  try {
    await layoutHdf5(source, limits);
    return true;
  } catch (error) {
    // Damaged, or an ECG in another file: told.
    if (PqrError.isInstance(error)) return error.code !== 'record.invalid';
    throw error;
  }
}

/** FHIR servers export Observations of all kinds; the ones that matter say so in their text. */
async function hasSampledData(source: ByteSource, limits: Limits): Promise<boolean> {
  if (source.byteLength > limits.textBytes) return false;
  const bytes = await source.slice(0, source.byteLength);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes('valueSampledData');
}

async function holdsRecordings(source: ByteSource, limits: Limits): Promise<boolean> {
  const { name } = source;
  const kind = archiveKind(await readStart(source));
  if (kind !== 'zip') return TAR_NAME.test(name) || FILE_NAME_IN_GZIP.test(name);
  try {
    const names = listZip(await source.slice(0, source.byteLength), name, limits);
    if (names.some((entry) => DOCUMENT_IN_ARCHIVE.test(entry))) return false;
    return names.some((entry) => RECORDING_IN_ARCHIVE.test(entry));
  } catch (error) {
    if (PqrError.isInstance(error)) return /\.zip$/i.test(name);
    throw error;
  }
}
