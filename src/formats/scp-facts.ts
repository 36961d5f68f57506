/**
 * Patient, acquisition, measurements and statements of an SCP-ECG file.
 *
 * Source: EN 1064:2005+A1:2007, sections 5.4 (tags of section 1), 5.10 (section 7), 5.11 (section 8).
 */
import {
  deviceMeasurement,
  distinctLines,
  isoOf,
  patientOf,
  type RecordFacts,
  yearsBetween,
} from './facts.js';
import type { ScpSection } from './scp-sections.js';
import { decodeText } from './text.js';

const TAG = Object.freeze({ id: 2, age: 4, birth: 5, sex: 8, date: 25, time: 26, end: 255 });
/** Last, first and second last name; referring and confirming physician, technician. */
const PEOPLE = [0, 1, 3, 20, 21, 22];
/** Patient id, institutions, departments, room. */
const PLACES = [2, 16, 17, 18, 19, 23];
const AGE_PER_YEAR: Readonly<Record<number, number>> = { 1: 1, 2: 12, 3: 52.18, 4: 365.25 };
const SEX = [undefined, 'male', 'female'] as const;
/** Values from here on mean "not measured". */
const NO_MEASUREMENT = 29999;

export function readScpFacts(
  sections: ReadonlyMap<number, ScpSection>,
  moreComments: readonly string[],
): RecordFacts {
  const tags = readTags(sections.get(1));
  const recordedAt = dateOf(tags.get(TAG.date), tags.get(TAG.time));
  const birth = dateOf(tags.get(TAG.birth), undefined);
  return {
    patient: patientOf({
      id: textOf(tags.get(TAG.id)),
      ageYears: ageOf(tags.get(TAG.age)) ?? yearsBetween(birth, recordedAt),
      sex: SEX[tags.get(TAG.sex)?.[0] ?? 0],
    }),
    recordedAt,
    report: distinctLines(readStatements(sections.get(8))).join('\n'),
    comments: [...readMeasurements(sections.get(7)), ...moreComments],
    identity: {
      names: PEOPLE.map((tag) => textOf(tags.get(tag))),
      others: PLACES.map((tag) => textOf(tags.get(tag))),
    },
  };
}

/** Section 1: tag, length, value; the first of each tag. A cut last value is left out. */
function readTags(section: ScpSection | undefined): Map<number, Uint8Array> {
  const tags = new Map<number, Uint8Array>();
  if (section === undefined) return tags;
  for (let at = 0; at + 3 <= section.length; ) {
    const tag = section.unsigned8(at);
    const length = section.unsigned16(at + 1);
    at += 3;
    if (tag === TAG.end || at + length > section.length) break;
    if (!tags.has(tag)) tags.set(tag, section.slice(at, length));
    at += length;
  }
  return tags;
}

const textOf = (bytes: Uint8Array | undefined) => bytes && decodeText(bytes).split('\0')[0]!.trim();

function ageOf(bytes: Uint8Array | undefined): number | undefined {
  if (bytes === undefined || bytes.length < 3) return undefined;
  const perYear = AGE_PER_YEAR[bytes[2]!];
  const value = bytes[0]! | (bytes[1]! << 8);
  return perYear === undefined || value === 0 ? undefined : Math.floor(value / perYear);
}

function dateOf(date: Uint8Array | undefined, time: Uint8Array | undefined): string | undefined {
  if (date === undefined || date.length < 4) return undefined;
  const [hour, minute, second] = time ?? [];
  const year = date[0]! | (date[1]! << 8);
  return isoOf({ year, month: date[2]!, day: date[3]!, hour, minute, second });
}

function readMeasurements(section: ScpSection | undefined): string[] {
  if (section === undefined || section.length < 6) return [];
  const milliseconds = (at: number) => {
    const value = section.unsigned16(at);
    return value === 0 || value >= NO_MEASUREMENT ? undefined : value;
  };
  return [
    ...deviceMeasurement('RR interval', milliseconds(2), 'ms'),
    ...deviceMeasurement('PP interval', milliseconds(4), 'ms'),
  ];
}

/** Section 8: state, date and time, number of statements; each a number, a length and text. */
function readStatements(section: ScpSection | undefined): string[] {
  if (section === undefined || section.length < 9) return [];
  const statements: string[] = [];
  let at = 9;
  for (let left = section.unsigned8(8); left > 0 && at + 3 <= section.length; left--) {
    const length = section.unsigned16(at + 1);
    at += 3;
    if (at + length > section.length) break;
    statements.push(textOf(section.slice(at, length)) ?? '');
    at += length;
  }
  return statements;
}
