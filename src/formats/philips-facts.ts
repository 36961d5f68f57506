/** Patient, time, interpretation and measurements of a Philips Sierra XML file. Source: as philips.ts. */
import {
  deviceMeasurement,
  distinctLines,
  isoOf,
  patientOf,
  type RecordFacts,
  yearsBetween,
} from './facts.js';
import { parseSex } from './header-comments.js';
import type { XmlElement } from './xml.js';
import { attributeOf, findAll, findFirst, numberAt, textAt } from './xml-find.js';

const MEASUREMENTS: readonly (readonly [string[], string, string])[] = [
  [['heartrate'], 'heart rate', 'bpm'],
  [['rrint'], 'RR interval', 'ms'],
  [['print', 'meanprint'], 'PR interval', 'ms'],
  [['qrsdur', 'meanqrsdur'], 'QRS duration', 'ms'],
  [['qtint', 'meanqtint'], 'QT interval', 'ms'],
  [['meanqtc'], 'QTc interval', 'ms'],
  [['qtcb'], 'QTc interval (Bazett)', 'ms'],
  [['qtcf'], 'QTc interval (Fridericia)', 'ms'],
  [['pfrontaxis'], 'P axis', 'degrees'],
  [['qrsfrontaxis'], 'QRS axis', 'degrees'],
  [['tfrontaxis'], 'T axis', 'degrees'],
];

export function readPhilipsFacts(root: XmlElement): RecordFacts {
  const person = findFirst(root, 'patient/generalpatientdata');
  const acquisition = findFirst(root, 'dataacquisition');
  const recordedAt = timeOf(attributeOf(acquisition, 'date'), attributeOf(acquisition, 'time'));
  const birth = timeOf(textAt(person, 'age/dateofbirth'), undefined);
  const interpretation = findFirst(root, 'interpretations/interpretation');
  const statements = interpretation ? findAll(interpretation, 'statement') : [];
  const measured =
    findFirst(interpretation, 'globalmeasurements') ??
    findFirst(interpretation, 'interpretationmeasurements');
  const machine = textAt(acquisition, 'machine');
  return {
    patient: patientOf({
      id: textAt(person, 'patientid'),
      ageYears: numberAt(person, 'age/years') ?? yearsBetween(birth, recordedAt),
      sex: parseSex(textAt(person, 'sex') ?? ''),
    }),
    recordedAt,
    report: distinctLines([
      ...statements.map(statementText),
      textAt(interpretation, 'severity'),
    ]).join('\n'),
    codes: distinctLines(statements.map((statement) => textAt(statement, 'statementcode'))),
    comments: [
      ...(machine === undefined ? [] : [`Device: ${machine}`]),
      ...MEASUREMENTS.flatMap(([elements, name, unit]) => {
        const values = elements.map((element) => numberAt(measured, element));
        return deviceMeasurement(
          name,
          values.find((value) => value !== undefined),
          unit,
        );
      }),
    ],
  };
}

/** What is found, and in brackets why. */
function statementText(statement: XmlElement): string | undefined {
  const found = textAt(statement, 'leftstatement');
  const reason = textAt(statement, 'rightstatement');
  return found !== undefined && reason !== undefined ? `${found} (${reason})` : found;
}

/** `YYYY-MM-DD` and `HH:MM:SS`. */
function timeOf(date: string | undefined, time: string | undefined): string | undefined {
  const [, year, month, day] = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(date ?? '') ?? [];
  if (year === undefined) return undefined;
  const [hour, minute, second] = (time ?? '').split(':').map(Number);
  return isoOf({
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour,
    minute,
    second,
  });
}
