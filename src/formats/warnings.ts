/** The warnings that readers put on a record: each code once, with what it means. */
import type { EcgWarning } from '../ecg/record.js';

export const FORMAT_WARNINGS = Object.freeze({
  'format.checksum': 'A signal does not add up to the checksum in its header',
  'format.longer': 'A file holds more than its header says',
  'format.signal-dropped': 'A signal that is no voltage was left out',
  'format.duplicate-lead': 'A lead name occurs twice and was given a suffix',
  'format.mixed-rate': 'Leads with fewer samples were interpolated to the highest rate',
  'format.leads-assumed': 'The file names no leads; the standard order was assumed',
  'format.infinite': 'Infinite values were read as missing',
  'format.report-dropped': 'The report of the file is longer than a report may be and was left out',
  'format.experimental': 'The reader of this format was not checked on independent files',
  'format.gap': 'The recording has gaps, which were read as missing samples',
  'format.time': 'The time column is not evenly spaced',
});

export type FormatWarningCode = keyof typeof FORMAT_WARNINGS;

export function warning(
  code: FormatWarningCode,
  message: string,
  leads?: readonly string[],
): EcgWarning {
  return leads === undefined ? { code, message } : { code, message, leads };
}
