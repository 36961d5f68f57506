/**
 * Lead numbers of SCP-ECG, which DICOM's channel codes use too (`SCPECG 5.6.3-9-3`, `MDC 2:3` = V1).
 *
 * Source: EN 1064:2005+A1:2007, section 5.6.3, lead identification; DICOM PS3.16, CID 3001.
 */
const LEADS = new Map<number, string>([
  ...['I', 'II', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6', 'V7', 'V2R', 'V3R', 'V4R', 'V5R', 'V6R']
    .concat(['V7R', 'Vx', 'Vy', 'Vz', 'CC5', 'CM5', 'LA', 'RA', 'LL'])
    .map((lead, index): [number, string] => [index + 1, lead]),
  ...['III', 'aVR', 'aVL', 'aVF', '-aVR', 'V8', 'V9', 'V8R', 'V9R'].map(
    (lead, index): [number, string] => [61 + index, lead],
  ),
]);

/** The name of a lead number; undefined where it is not in the table. */
export function scpLeadName(number: number): string | undefined {
  return LEADS.get(number);
}
