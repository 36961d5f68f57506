/**
 * The measurements that a criterion may speak of, each with its unit, so that a program can check a
 * criterion against what was measured. Depths (Q, S, terminal P) are positive numbers; levels (ST,
 * PR segment, T, P) keep their sign. What has no number (a shape, a sequence) is no criterion but a
 * lead-wise finding of the entry.
 */

export const UNITS = ['bpm', 'ms', 'mV', 'deg', 'mV*ms', 'count', 'ratio', 'points'] as const;
export type Unit = (typeof UNITS)[number];

export const LEADS = [
  ...(['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'] as const),
  ...(['V7', 'V8', 'V9', 'V3R', 'V4R'] as const),
] as const;
export type CriterionLead = (typeof LEADS)[number];

/** Rows of leads that look at neighbouring walls; aVR has no neighbour. */
const ROWS: readonly (readonly CriterionLead[])[] = [
  ['I', 'aVL'],
  ['II', 'aVF', 'III', 'II'],
  ['V4R', 'V3R', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6', 'V7', 'V8', 'V9'],
];

/** True where two leads are contiguous in the sense of the infarction criteria. */
export function areContiguous(a: CriterionLead, b: CriterionLead): boolean {
  return ROWS.some((row) =>
    row.some((lead, at) => {
      const next = row[at + 1];
      return (lead === a && next === b) || (lead === b && next === a);
    }),
  );
}

interface FeatureMeaning {
  readonly unit: Unit;
  /** `each`: measured in every lead; `none`: one value a recording. */
  readonly leads: 'each' | 'none';
  readonly meaning: string;
}

const whole = (unit: Unit, meaning: string): FeatureMeaning => ({ unit, leads: 'none', meaning });
const perLead = (unit: Unit, meaning: string): FeatureMeaning => ({ unit, leads: 'each', meaning });

export const FEATURES = {
  heartRate: whole('bpm', 'ventricular rate'),
  atrialRate: whole('bpm', 'rate of the P, flutter or ectopic atrial waves'),
  longestRr: whole('ms', 'longest interval between two QRS complexes'),
  ppVariation: whole('ms', 'longest minus shortest PP interval of sinus beats'),
  prInterval: whole('ms', 'P onset to QRS onset'),
  qrsDuration: whole('ms', 'earliest onset to latest offset in any lead'),
  qt: whole('ms', 'QRS onset to T offset, not corrected'),
  qtc: whole('ms', 'QT corrected for rate; the formula is the one the source names, else Bazett'),
  pDuration: whole('ms', 'earliest onset to latest offset in any lead'),
  axis: whole('deg', 'frontal QRS axis, -180 to 180'),
  pAxis: whole('deg', 'frontal P axis, -180 to 180'),
  sokolowLyon: whole('mV', 'S in V1 plus the larger R of V5 and V6'),
  sokolowLyonRight: whole('mV', 'R in V1 plus the larger S of V5 and V6'),
  cornell: whole('mV', 'R in aVL plus S in V3'),
  cornellProduct: whole('mV*ms', 'Cornell voltage (women: plus 0.6 mV) times QRS duration'),
  romhiltEstes: whole('points', 'Romhilt-Estes score'),
  ventricularRun: whole('count', 'most successive beats of ventricular origin'),
  prematureBeats: whole('count', 'premature beats in the recording'),
  nonConductedP: whole('count', 'P waves that no QRS follows'),
  successiveNonConductedP: whole('count', 'most P waves in a row that no QRS follows'),
  pShapes: whole('count', 'different shapes of P wave in one lead'),
  pAmplitude: perLead('mV', 'highest P level'),
  pTerminalForce: perLead('mV*ms', 'depth times duration of the negative end of P'),
  pPeakInterval: perLead('ms', 'time between the two peaks of a notched P'),
  prSegmentLevel: perLead('mV', 'level of the PR segment against the TP baseline'),
  qDuration: perLead('ms', 'duration of Q'),
  qAmplitude: perLead('mV', 'depth of Q'),
  qToR: perLead('ratio', 'depth of Q over height of R'),
  rAmplitude: perLead('mV', 'height of the tallest R'),
  rDuration: perLead('ms', 'duration of R'),
  sAmplitude: perLead('mV', 'depth of the deepest S'),
  sDuration: perLead('ms', 'duration of S'),
  rToS: perLead('ratio', 'height of R over depth of S'),
  rPeakTime: perLead('ms', 'QRS onset to the peak of the last R'),
  qrsAmplitude: perLead('mV', 'highest to lowest point of QRS'),
  jLevel: perLead('mV', 'level at the J point, or at the peak of a J wave'),
  stLevel: perLead('mV', 'level at the J point against the end of PR'),
  stToT: perLead('ratio', 'ST level over T amplitude'),
  tAmplitude: perLead('mV', 'signed height of T'),
  uAmplitude: perLead('mV', 'signed height of U'),
  uToT: perLead('ratio', 'height of U over height of T'),
} as const satisfies Record<string, FeatureMeaning>;

export type Feature = keyof typeof FEATURES;
export const FEATURE_NAMES = Object.keys(FEATURES) as [Feature, ...Feature[]];

/** The table's row as the widened type, so that callers can compare units. */
export function featureMeaning(feature: Feature): FeatureMeaning {
  return FEATURES[feature];
}
