/**
 * Intervals, axis, voltages and early beats of a report: the facts, and the sentences that state them. Values are
 * stated as measured, QTc with its formula; whether one is normal is for criteria and readers to say.
 */
import type { Measurements } from '../signal/measure.js';
import { rounded } from './numbers.js';
import type { Evidence, Sentence } from './ports.js';

type Fact = Omit<Evidence, 'id'>;

/** One value: the name of its number, what it is called, and how it is written. */
interface Value {
  readonly number: string;
  readonly name: string;
  readonly value: number | null;
  readonly unit: string;
  readonly decimals: number;
  readonly suffix?: string;
}

/** Intervals, axis, voltages, early beats; what has no value is in no fact. */
export function measuredFacts(measurements: Measurements | undefined): Fact[] {
  if (measurements === undefined) return [];
  const { method } = measurements;
  const boundaries = `from ${method} wave boundaries`;
  return [
    ...fact(intervalValues(measurements), boundaries),
    ...fact(axisValues(measurements), 'from the median beat'),
    ...fact(voltageValues(measurements), 'from the median beat'),
    ...earlyFact(measurements),
  ];
}

function intervalValues(measurements: Measurements): Value[] {
  const { prMilliseconds, qrsMilliseconds, qtMilliseconds, qtcMilliseconds } = measurements;
  const interval = { unit: ' ms', decimals: 0 };
  const bazett = qtcMilliseconds?.bazett ?? null;
  const fridericia = qtcMilliseconds?.fridericia ?? null;
  return [
    { number: 'prMilliseconds', name: 'PR', value: prMilliseconds, ...interval },
    { number: 'qrsMilliseconds', name: 'QRS', value: qrsMilliseconds, ...interval },
    { number: 'qtMilliseconds', name: 'QT', value: qtMilliseconds, ...interval },
    {
      ...{ number: 'qtcBazettMilliseconds', name: 'QTc', value: bazett, ...interval },
      suffix: ' (Bazett)',
    },
    {
      ...{ number: 'qtcFridericiaMilliseconds', name: 'QTc', value: fridericia, ...interval },
      suffix: ' (Fridericia)',
    },
  ];
}

function axisValues({ axisDegrees: { p, qrs, t } }: Measurements): Value[] {
  const axis = { unit: ' degrees', decimals: 0 };
  return [
    { number: 'qrsAxisDegrees', name: 'QRS axis', value: qrs, ...axis },
    { number: 'pAxisDegrees', name: 'P axis', value: p, ...axis },
    { number: 'tAxisDegrees', name: 'T axis', value: t, ...axis },
  ];
}

function voltageValues({ voltages: { sokolowLyon, cornell } }: Measurements): Value[] {
  const voltage = { unit: ' mV', decimals: 2 };
  return [
    { number: 'sokolowLyonMillivolts', name: 'SV1 + RV5/V6', value: sokolowLyon, ...voltage },
    { number: 'cornellMillivolts', name: 'RaVL + SV3', value: cornell, ...voltage },
  ];
}

function fact(values: readonly Value[], how: string): Fact[] {
  const given = values.filter(({ value }) => value !== null);
  if (given.length === 0) return [];
  const numbers = Object.fromEntries(given.map(({ number, value }) => [number, value!]));
  return [{ kind: 'measurement', text: `${told(given)}, ${how}.`, numbers, concepts: [] }];
}

function told(values: readonly Value[]): string {
  return values
    .flatMap(({ name, value, unit, decimals, suffix = '' }) =>
      value === null ? [] : [`${name} ${rounded(value, decimals)}${unit}${suffix}`],
    )
    .join(', ');
}

function earlyFact({ beats, ectopicBeats }: Measurements): Fact[] {
  if (beats.length < 2) return [];
  const count = (origin: string) => ectopicBeats.filter((beat) => beat.origin === origin).length;
  const [unlikeBeatCount, earlyBeatCount] = [count('ventricular'), count('supraventricular')];
  return [
    {
      kind: 'measurement',
      text:
        `Of ${beats.length} beats ${unlikeBeatCount} early or wide with another shape than the rest, ` +
        `${earlyBeatCount} early with the usual shape.`,
      numbers: { beatCount: beats.length, unlikeBeatCount, earlyBeatCount },
      concepts: [],
    },
  ];
}

const factWith = (evidence: readonly Evidence[], ...numbers: readonly string[]) =>
  evidence.find((one) => numbers.some((number) => one.numbers[number] !== undefined));

export function intervalSentences(
  evidence: readonly Evidence[],
  measurements: Measurements | undefined,
): Sentence[] {
  const found = factWith(evidence, 'qrsMilliseconds', 'qtMilliseconds', 'prMilliseconds');
  if (measurements === undefined || found === undefined) return [];
  const cited = { evidence: [found.id] };
  const values = { text: `${told(intervalValues(measurements))}.`, ...cited };
  if (measurements.prMilliseconds !== null) return [values];
  return [values, { text: 'PR is not given: no P was found before most beats.', ...cited }];
}

export function axisSentences(
  evidence: readonly Evidence[],
  measurements: Measurements | undefined,
): Sentence[] {
  const sentence = (values: readonly Value[]) => {
    const found = factWith(evidence, ...values.map(({ number }) => number));
    return found === undefined ? [] : [{ text: `${told(values)}.`, evidence: [found.id] }];
  };
  if (measurements === undefined) return [];
  return [...sentence(axisValues(measurements)), ...sentence(voltageValues(measurements))];
}

/** Nothing where no beat comes early. */
export function earlyBeatSentences(evidence: readonly Evidence[]): Sentence[] {
  const found = factWith(evidence, 'earlyBeatCount');
  if (found === undefined) return [];
  const { beatCount, unlikeBeatCount, earlyBeatCount } = found.numbers;
  const parts = [
    ...(unlikeBeatCount! > 0 ? [`${unlikeBeatCount} early or wide with another shape`] : []),
    ...(earlyBeatCount! > 0 ? [`${earlyBeatCount} early with the usual shape`] : []),
  ];
  if (parts.length === 0) return [];
  return [{ text: `Of ${beatCount} beats ${parts.join(', ')}.`, evidence: [found.id] }];
}
