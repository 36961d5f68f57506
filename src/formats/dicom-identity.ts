/**
 * The attributes of a DICOM file that name people, ids and places, for de-identification.
 *
 * Source: DICOM PS3.15 table E.1-1, those of them that occur in ECG waveform files.
 */
import type { Identity } from '../ecg/identity.js';
import type { DicomDataset } from './dicom-elements.js';
import { textValueOf } from './dicom-values.js';

const PEOPLE = [
  0x0010_0010, // patient's name
  0x0010_1001, // other names
  0x0010_1005, // birth name
  0x0010_1060, // mother's birth name
  0x0010_2297, // responsible person
  0x0008_0090, // referring physician
  0x0008_009c, // consulting physician
  0x0008_1048, // physicians of record
  0x0008_1050, // performing physician
  0x0008_1060, // reading physician
  0x0008_1070, // operators
  0x0032_1032, // requesting physician
  0x0040_a123, // person name
  0x0070_0084, // content creator
] as const;

const OTHERS = [
  0x0010_0020, // patient id
  0x0010_1000, // other patient ids
  0x0010_0021, // issuer of patient id
  0x0010_0030, // birth date
  0x0010_1040, // address
  0x0010_1090, // medical record locator
  0x0010_2154, // telephone
  0x0008_0050, // accession number
  0x0008_0080, // institution
  0x0008_0081, // its address
  0x0008_1010, // station
  0x0008_1040, // department
  0x0018_1000, // device serial number
  0x0020_0010, // study id
  0x0038_0010, // admission id
  0x0038_0300, // patient location
] as const;

export function identityOfDicom(dataset: DicomDataset): Identity {
  const texts = (tags: readonly number[]) =>
    tags.flatMap((tag) => textValueOf(dataset, tag)?.split('\\') ?? []);
  return { names: texts(PEOPLE), others: texts(OTHERS) };
}
