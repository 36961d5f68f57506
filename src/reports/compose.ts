/**
 * Writes a draft from evidence alone, offline: each sentence is made from the facts it cites. It
 * drafts for a reader who decides; it does not diagnose. Rates are worded as rates, never as
 * rhythms.
 */
import { STANDARD_LEADS } from '../ecg/leads.js';
import type { Concept } from '../knowledge/concept.js';
import type { Knowledge } from '../knowledge/knowledge.js';
import type { LabelScore } from '../zeroshot/score.js';
import { BRADYCARDIA_BELOW_BPM, type Gathered, TACHYCARDIA_ABOVE_BPM } from './evidence.js';
import { axisSentences, earlyBeatSentences, intervalSentences } from './measured.js';
import { rounded } from './numbers.js';
import type { Evidence, Section, Sentence } from './ports.js';

export const COMPOSER_VERSION = 'compose-report-2';

/** What the composer writes from. Findings stand in the order of the finding evidence. */
export interface Material extends Gathered {
  readonly findings: readonly LabelScore[];
}

/** The sections in their order; a section without a sentence is left out. */
export function composeSections(knowledge: Knowledge, material: Material): Section[] {
  const isRhythm = (concept: Concept | undefined) =>
    concept?.category === 'rhythm' || concept?.category === 'ectopy';
  const sections: Section[] = [
    { name: 'quality', sentences: quality(material) },
    { name: 'rate', sentences: rate(material) },
    {
      name: 'rhythm',
      sentences: [
        ...variability(material),
        ...earlyBeatSentences(material.evidence),
        ...findingSentences(material, isRhythm),
      ],
    },
    {
      name: 'intervals',
      sentences: intervalSentences(material.evidence, material.subject.measurements),
    },
    {
      name: 'axis and voltages',
      sentences: axisSentences(material.evidence, material.subject.measurements),
    },
    { name: 'findings', sentences: otherFindings(material, isRhythm) },
    { name: 'comparison with similar cases', sentences: comparison(knowledge, material) },
    { name: 'limits', sentences: limits(material) },
  ];
  return sections.filter((section) => section.sentences.length > 0);
}

const say = (text: string, ...evidence: readonly Evidence[]): Sentence => ({
  text,
  evidence: evidence.map(({ id }) => id),
});

const ofKind = ({ evidence }: Gathered, kind: Evidence['kind']): Evidence[] =>
  evidence.filter((one) => one.kind === kind);

/** Whether what follows can be relied on comes before all else. */
function quality(material: Material): Sentence[] {
  const { quality: judged } = material.subject;
  const recording = ofKind(material, 'recording')[0]!;
  const score = judged && rounded(judged.score, 2);
  const verdict = judged?.acceptable
    ? `The signal quality is acceptable (score ${score}).`
    : `The signal quality is not acceptable (score ${score}): nothing below should be relied on.`;
  return [...(judged ? [say(verdict, recording)] : []), ...recordingSentences(material)];
}

function recordingSentences(material: Material): Sentence[] {
  const recording = ofKind(material, 'recording')[0]!;
  const { leads, durationSeconds, warnings } = material.subject;
  const count = `${leads.length} ${plural(leads.length, 'lead')}`;
  const what = `The recording has ${count} and lasts ${rounded(durationSeconds, 1)} s`;
  if (warnings.length === 0) return [say(`${what}; no quality warning was raised.`, recording)];
  const messages = ofKind(material, 'quality').map((one, index) =>
    say(`Warning: ${warnings[index]!.message}`, one),
  );
  return [say(`${what}.`, recording), ...messages];
}

function rate(material: Material): Sentence[] {
  const measured = ofKind(material, 'measurement')[0]!;
  const { heartRateBpm } = material.subject.rhythm;
  if (heartRateBpm === null) {
    return [say('No heart rate is given: fewer than two beats were found.', measured)];
  }
  const first = say(`The heart rate is ${rounded(heartRateBpm, 0)} per minute.`, measured);
  const range = rateRange(heartRateBpm);
  return range === undefined ? [first] : [first, say(range, measured)];
}

/** Statements about the rate only: which rhythm it is does not follow from them. */
function rateRange(heartRateBpm: number): string | undefined {
  if (heartRateBpm < BRADYCARDIA_BELOW_BPM) {
    return `This rate is in the bradycardia range (below ${BRADYCARDIA_BELOW_BPM} per minute).`;
  }
  if (heartRateBpm > TACHYCARDIA_ABOVE_BPM) {
    return `This rate is in the tachycardia range (above ${TACHYCARDIA_ABOVE_BPM} per minute).`;
  }
  return undefined;
}

function variability(material: Material): Sentence[] {
  const measured = ofKind(material, 'measurement')[1]!;
  const { rrMilliseconds } = material.subject.rhythm;
  if (rrMilliseconds === null) return [];
  const [mean, sd] = [rounded(rrMilliseconds.mean, 0), rounded(rrMilliseconds.sd, 0)];
  const text = `RR intervals average ${mean} ms with a standard deviation of ${sd} ms.`;
  return [say(text, measured)];
}

/**
 * How a finding is worded. Standing out alone says little (most recordings are in sinus rhythm), so
 * what the archive's codes and reports state of recordings with such a score is told beside the
 * rank.
 */
function wordFinding(finding: LabelScore): string | undefined {
  const { name, percentile, decision, nearby } = finding;
  if (percentile === null || decision === null || decision === 'low') return undefined;
  const rank = `scored higher than ${rounded(percentile, 1)} % of the archive's other recordings`;
  const alike =
    nearby === null
      ? ''
      : `; of the ${nearby.count} described recordings with the nearest scores` +
        ` ${nearby.carrierCount} state it`;
  const lead = nearby === null ? 'Stands out' : 'In line with';
  return `${decision === 'possible' ? 'To be considered' : lead}: ${name}, ${rank}${alike}.`;
}

function findingSentences(
  material: Material,
  wanted: (concept: Concept | undefined) => boolean,
): Sentence[] {
  const facts = ofKind(material, 'finding');
  return material.findings.flatMap((finding, index) => {
    const text = wanted(finding.concept) ? wordFinding(finding) : undefined;
    return text === undefined ? [] : [say(text, facts[index]!)];
  });
}

function otherFindings(
  material: Material,
  isRhythm: (concept: Concept | undefined) => boolean,
): Sentence[] {
  const others = findingSentences(material, (concept) => !isRhythm(concept));
  if (others.length > 0) return others;
  const facts = ofKind(material, 'finding');
  if (facts.length === 0) {
    return [say('No label was scored.', ofKind(material, 'recording')[0]!)];
  }
  const isJudged = material.findings.some((finding) => finding.decision !== null);
  const none = isJudged
    ? 'No other label stands out against the archive.'
    : 'The archive has too few recordings to say which label stands out.';
  return [say(none, ...facts)];
}

function comparison(knowledge: Knowledge, material: Material): Sentence[] {
  const cases = ofKind(material, 'case');
  if (cases.length === 0) {
    return [
      say('The archive holds no similar case to compare with.', ofKind(material, 'recording')[0]!),
    ];
  }
  const agreed = ofKind(material, 'agreement');
  const majority = agreed.filter(({ numbers }) => 2 * numbers['caseCount']! > cases.length);
  return [
    ...cases.map((one) => caseSentence(knowledge, one)),
    ...(majority.length > 0 ? majority : agreed.slice(0, 1)).map((one) =>
      agreementSentence(knowledge, material, one),
    ),
    ...(majority.length > 0
      ? []
      : [say('The similar cases share no statement in their majority.', ...cases)]),
  ];
}

function caseSentence(knowledge: Knowledge, one: Evidence): Sentence {
  const { caseNumber, similarity } = one.numbers;
  const stated = one.concepts.map((key) => knowledge.byKey.get(key)!.name).join('; ');
  const what = stated === '' ? 'no statement was recognised in its report' : `it states ${stated}`;
  return say(`Similar case ${caseNumber} (similarity ${rounded(similarity!, 2)}): ${what}.`, one);
}

function agreementSentence(knowledge: Knowledge, material: Material, one: Evidence): Sentence {
  const { caseCount, similarCaseCount } = one.numbers;
  const name = knowledge.byKey.get(one.concepts[0]!)!.name;
  const cases = material.evidence.filter(({ id }) => one.cases?.includes(id));
  const text = `${caseCount} of the ${similarCaseCount} most similar cases state ${name}.`;
  return say(text, one, ...cases);
}

function limits(material: Material): Sentence[] {
  const recording = ofKind(material, 'recording')[0]!;
  const findings = ofKind(material, 'finding');
  const { leads, measurements } = material.subject;
  const standard = STANDARD_LEADS.filter((lead) => leads.includes(lead)).length;
  const sentences = [
    measurements
      ? say(
          'Measured values have errors; boundaries of waves can be checked on the trace.',
          recording,
        )
      : say('Axis, intervals and voltages are not measured in this draft.', recording),
  ];
  if (standard < STANDARD_LEADS.length) {
    const text =
      `Not all ${STANDARD_LEADS.length} standard leads were recorded; ` +
      'findings that need the missing ones cannot be seen.';
    sentences.unshift(say(text, recording));
  }
  if (findings.length > 0) {
    const text =
      'Findings are ranks of a similarity between trace and wording within this archive; ' +
      'they are no probabilities and no diagnosis.';
    sentences.push(say(text, ...findings));
  }
  return sentences;
}

function plural(count: number, word: string): string {
  return count === 1 ? word : `${word}s`;
}
