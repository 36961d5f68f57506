/** Patient, time, interpretation and measurements of a GE MUSE XML file. Source: as muse.ts. */
import { DERIVED_COMMENT } from './derived-leads.js';
import { patientOf, type RecordFacts } from './facts.js';
import { parseSex } from './header-comments.js';
import type { XmlElement } from './xml.js';
import { isoOfTexts, measurementsAt, type XmlMeasurement } from './xml-facts.js';
import { findAll, findFirst, numberAt, textAt } from './xml-find.js';
import { identityOfXml } from './xml-identity.js';

const MEASUREMENTS: readonly XmlMeasurement[] = [
  [['VentricularRate'], 'ventricular rate', 'bpm'],
  [['AtrialRate'], 'atrial rate', 'bpm'],
  [['PRInterval'], 'PR interval', 'ms'],
  [['QRSDuration'], 'QRS duration', 'ms'],
  [['QTInterval'], 'QT interval', 'ms'],
  [['QTCorrected'], 'QTc interval', 'ms'],
  [['QTcFrederica'], 'QTc interval (Fridericia)', 'ms'],
  [['PAxis'], 'P axis', 'degrees'],
  [['RAxis'], 'QRS axis', 'degrees'],
  [['TAxis'], 'T axis', 'degrees'],
];

/** The sections that say who and where: `PatientLastName`, `OverreaderFirstName`, `SiteName`, `OrderNumber`. */
const WHO_AND_WHERE = ['PatientDemographics', 'TestDemographics', 'Order'];
const IDENTITY = {
  names: /(?:First|Middle|Last|Maiden)Name$/,
  others: /Name$|ID$|Num(?:ber)?$|SSN$|Address|Phone|Location$|^DateofBirth$/,
};

/** @param derived whether limb leads were computed */
export function readMuseFacts(root: XmlElement, derived: boolean): RecordFacts {
  const person = findFirst(root, 'PatientDemographics');
  const test = findFirst(root, 'TestDemographics');
  const measured = findFirst(root, 'RestingECGMeasurements');
  const years = /^years?$/i.test(textAt(person, 'AgeUnits') ?? 'YEARS');
  return {
    patient: patientOf({
      id: textAt(person, 'PatientID'),
      ageYears: years ? numberAt(person, 'PatientAge') : undefined,
      sex: parseSex(textAt(person, 'Gender') ?? ''),
    }),
    recordedAt: isoOfTexts(textAt(test, 'AcquisitionDate'), textAt(test, 'AcquisitionTime')),
    report: readStatements(findFirst(root, 'Diagnosis') ?? findFirst(root, 'OriginalDiagnosis')),
    comments: [...measurementsAt(measured, MEASUREMENTS), ...(derived ? [DERIVED_COMMENT] : [])],
    identity: identityOfXml(
      WHO_AND_WHERE.flatMap((section) => findAll(root, section)),
      IDENTITY,
    ),
  };
}

/** Statements run on until one is flagged as the end of a line. */
function readStatements(diagnosis: XmlElement | undefined): string | undefined {
  if (diagnosis === undefined) return undefined;
  const lines = [''];
  for (const statement of findAll(diagnosis, 'DiagnosisStatement')) {
    const text = textAt(statement, 'StmtText') ?? '';
    lines.push(`${lines.pop()} ${text}`.trim());
    const flags = findAll(statement, 'StmtFlag').map((flag) => flag.text.trim());
    if (flags.includes('ENDSLINE')) lines.push('');
  }
  return lines.filter(Boolean).join('\n') || undefined;
}
