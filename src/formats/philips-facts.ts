/** Patient, time, interpretation and measurements of a Philips Sierra XML file. Source: as philips.ts. */
import { distinctLines, patientOf, type RecordFacts, yearsBetween } from './facts.js';
import { parseSex } from './header-comments.js';
import type { XmlElement } from './xml.js';
import { isoOfTexts, measurementsAt, type XmlMeasurement } from './xml-facts.js';
import { attributeOf, findAll, findFirst, numberAt, textAt } from './xml-find.js';
import { identityOfXml } from './xml-identity.js';

const MEASUREMENTS: readonly XmlMeasurement[] = [
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

/** The sections that say who and where. */
const WHO_AND_WHERE = ['patient', 'orderinfo', 'userdefines', 'dataacquisition/acquirer'];
const IDENTITY = {
  names: /^(?:first|middle|last|maiden)name$|physician|clinician|operator(?:name)?$|technician/,
  others: /id$|name$|mrn|ssn|number$|phone|address|^(?:city|zip|value|dateofbirth)$/,
};

export function readPhilipsFacts(root: XmlElement): RecordFacts {
  const person = findFirst(root, 'patient/generalpatientdata');
  const acquisition = findFirst(root, 'dataacquisition');
  const recordedAt = isoOfTexts(attributeOf(acquisition, 'date'), attributeOf(acquisition, 'time'));
  const birth = isoOfTexts(textAt(person, 'age/dateofbirth'), undefined);
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
      ...measurementsAt(measured, MEASUREMENTS),
    ],
    identity: identityOfXml(
      WHO_AND_WHERE.flatMap((section) => findAll(root, section)),
      IDENTITY,
    ),
  };
}

/** What is found, and in brackets why. */
function statementText(statement: XmlElement): string | undefined {
  const found = textAt(statement, 'leftstatement');
  const reason = textAt(statement, 'rightstatement');
  return found !== undefined && reason !== undefined ? `${found} (${reason})` : found;
}
