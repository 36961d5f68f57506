/**
 * Measurements as the features that criteria speak of (src/knowledge/features.ts), in their units. What was not
 * measured is absent. QTc is Bazett's; a Q, R or S that is not there has no height.
 */
import type { Patient } from '../ecg/record.js';
import { type CriterionLead, type Feature, LEADS } from '../knowledge/features.js';
import type { EctopicBeat, Measurements } from '../signal/measure.js';
import type { LeadMeasured, MeasuredPatient } from '../zeroshot/criteria.js';

type WithNulls = Partial<Record<Feature, number | null>>;

/** The patient with everything that criteria can be checked against. */
export function measuredFeatures(
  { sex, ageYears }: Patient,
  measurements: Measurements,
): MeasuredPatient {
  return {
    ...(sex !== undefined && { sex }),
    ...(ageYears !== undefined && { ageYears }),
    measured: known({ ...wholeFeatures(measurements), ...cornellProduct(measurements, sex) }),
    leads: leadFeatures(measurements),
  };
}

function wholeFeatures(measurements: Measurements): WithNulls {
  const { beats, samplingRateHz, voltages, ectopicBeats } = measurements;
  const rr = beats.slice(1).map(({ rPeak }, index) => rPeak - beats[index]!.rPeak);
  return {
    heartRate: measurements.heartRateBpm,
    longestRr: rr.length === 0 ? null : (Math.max(...rr) * 1000) / samplingRateHz,
    prInterval: measurements.prMilliseconds,
    qrsDuration: measurements.qrsMilliseconds,
    qt: measurements.qtMilliseconds,
    qtc: measurements.qtcMilliseconds?.bazett ?? null,
    pDuration: measurements.pDurationMilliseconds,
    axis: measurements.axisDegrees.qrs,
    pAxis: measurements.axisDegrees.p,
    sokolowLyon: voltages.sokolowLyon,
    sokolowLyonRight: voltages.sokolowLyonRight,
    cornell: voltages.cornell,
    prematureBeats: beats.length < 2 ? null : ectopicBeats.length,
    ventricularRun: beats.length < 2 ? null : longestRun(ectopicBeats),
  };
}

/** Women's voltage counts 0.6 mV more (Molloy et al. 1992). */
function cornellProduct(
  { voltages: { cornell }, qrsMilliseconds }: Measurements,
  sex: Patient['sex'],
): WithNulls {
  if (cornell === null || qrsMilliseconds === null || sex === undefined) return {};
  return { cornellProduct: (cornell + (sex === 'female' ? 0.6 : 0)) * qrsMilliseconds };
}

/** Most ventricular beats in a row. */
function longestRun(ectopicBeats: readonly EctopicBeat[]): number {
  let longest = 0;
  let run = 0;
  let last = Number.NaN;
  for (const { beatIndex, origin } of ectopicBeats) {
    if (origin !== 'ventricular') continue;
    run = beatIndex === last + 1 ? run + 1 : 1;
    last = beatIndex;
    longest = Math.max(longest, run);
  }
  return longest;
}

/** ST levels are left out: they met the limits in half of the recordings that nobody called so. */
function leadFeatures({ amplitudes }: Measurements): LeadMeasured {
  const row = (value: (index: number) => number | null) =>
    Object.fromEntries(
      amplitudes.flatMap(({ lead }, index) => {
        const measured = isCriterionLead(lead) ? value(index) : null;
        return measured === null ? [] : [[lead, measured]];
      }),
    );
  const height = (index: number, wave: 'q' | 'r' | 's') =>
    amplitudes[index]!.qrs === null ? null : (amplitudes[index]![wave] ?? 0);
  return {
    pAmplitude: row((index) => amplitudes[index]!.p),
    qAmplitude: row((index) => height(index, 'q')),
    rAmplitude: row((index) => height(index, 'r')),
    sAmplitude: row((index) => height(index, 's')),
    qrsAmplitude: row((index) => amplitudes[index]!.qrs),
    tAmplitude: row((index) => amplitudes[index]!.t),
  };
}

function isCriterionLead(lead: string): lead is CriterionLead {
  return (LEADS as readonly string[]).includes(lead);
}

function known(values: WithNulls): MeasuredPatient['measured'] {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}
