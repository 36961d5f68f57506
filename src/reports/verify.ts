/**
 * Checks a draft against its evidence and keeps only what holds: every sentence cites evidence that
 * exists and is sound, every number in it is in what it cites, every finding it names is supported
 * there, and no two findings exclude each other or the measured rate. It checks any writer's draft
 * alike.
 */
import type { Concept } from '../knowledge/concept.js';
import { areExclusive, isKindOf, type Knowledge } from '../knowledge/knowledge.js';
import { find } from '../knowledge/lookup.js';
import { isRounded, numbersIn, rounded } from './numbers.js';
import type {
  Contradiction,
  DroppedSentence,
  DropReason,
  Evidence,
  Section,
  SectionName,
  Sentence,
} from './ports.js';

/** A rhythm's own rate range is contradicted only beyond this: rates are means over a recording. */
const RATE_TOLERANCE_BPM = 5;
/** Sections whose sentences state findings of the recording itself. */
const STATING: ReadonlySet<SectionName> = new Set(['rate', 'rhythm', 'findings']);

export interface Verified {
  readonly sections: readonly Section[];
  readonly dropped: readonly DroppedSentence[];
  readonly contradictions: readonly Contradiction[];
}

interface Failure {
  readonly reason: DropReason;
  readonly message: string;
}

/** The sections without the sentences that fail; those are listed with their reason. */
export function verifyDraft(
  knowledge: Knowledge,
  sections: readonly Section[],
  evidence: readonly Evidence[],
): Verified {
  const byId = new Map(evidence.map((one) => [one.id, one]));
  const dropped: DroppedSentence[] = [];
  const sound = filterSentences(sections, dropped, (sentence, name) => {
    const problem =
      checkCitations(knowledge, sentence, byId) ?? checkContent(knowledge, sentence, byId);
    if (problem || !STATING.has(name)) return problem;
    return checkRate(knowledge, sentence, evidence);
  });
  const contradictions: Contradiction[] = [];
  const losers = contradicted(knowledge, sound, byId, contradictions);
  const consistent = filterSentences(sound, dropped, (sentence) => losers.get(sentence));
  return { sections: consistent, dropped, contradictions };
}

function filterSentences(
  sections: readonly Section[],
  dropped: DroppedSentence[],
  check: (sentence: Sentence, name: SectionName) => Failure | undefined,
): Section[] {
  const kept = sections.map(({ name, sentences }) => ({
    name,
    sentences: sentences.filter((sentence) => {
      const failure = check(sentence, name);
      if (failure) dropped.push({ ...sentence, section: name, ...failure });
      return failure === undefined;
    }),
  }));
  return kept.filter((section) => section.sentences.length > 0);
}

function checkCitations(
  knowledge: Knowledge,
  { evidence }: Sentence,
  byId: ReadonlyMap<string, Evidence>,
): Failure | undefined {
  if (evidence.length === 0) return { reason: 'no-evidence', message: 'It cites no evidence.' };
  const unknown = evidence.filter((id) => !byId.has(id));
  if (unknown.length > 0) {
    return { reason: 'unknown-evidence', message: `There is no evidence ${unknown.join(', ')}.` };
  }
  const unsound = evidence.filter((id) => !isSound(knowledge, byId.get(id)!, byId));
  if (unsound.length === 0) return undefined;
  const message = `Evidence ${unsound.join(', ')} does not follow from the cases it names.`;
  return { reason: 'unsound-evidence', message };
}

/** An agreement must count cases that exist and each state it; other facts rest on themselves. */
function isSound(
  knowledge: Knowledge,
  one: Evidence,
  byId: ReadonlyMap<string, Evidence>,
): boolean {
  if (one.kind !== 'agreement') return true;
  const caseCount = [...byId.values()].filter(({ kind }) => kind === 'case').length;
  const named = (one.cases ?? []).map((id) => byId.get(id));
  return (
    named.every((item) => item?.kind === 'case' && supports(knowledge, item, one.concepts)) &&
    new Set(one.cases).size === named.length &&
    one.numbers['caseCount'] === named.length &&
    one.numbers['similarCaseCount'] === caseCount
  );
}

function supports(knowledge: Knowledge, item: Evidence, keys: readonly string[]): boolean {
  const isSupported = (key: string) =>
    item.concepts.some((own) => own === key || knowledge.ancestors.get(own)?.has(key));
  return keys.every(isSupported);
}

function checkContent(
  knowledge: Knowledge,
  { text, evidence }: Sentence,
  byId: ReadonlyMap<string, Evidence>,
): Failure | undefined {
  const cited = evidence.map((id) => byId.get(id)!);
  const values = cited.flatMap((one) => Object.values(one.numbers));
  const stray = numbersIn(text).filter(
    (written) => !values.some((value) => isRounded(written, value)),
  );
  if (stray.length > 0) {
    const told = stray.map((written) => written.text).join(', ');
    return { reason: 'number', message: `${told} is in none of the evidence cited.` };
  }
  const supported = cited.flatMap((one) => one.concepts.map((key) => knowledge.byKey.get(key)!));
  const strange = find(knowledge, text).filter(
    ({ concept }) => !supported.some((support) => isKindOf(knowledge, support, concept)),
  );
  if (strange.length === 0) return undefined;
  const told = strange.map(({ concept }) => concept.name).join(', ');
  return { reason: 'statement', message: `The evidence cited says nothing of ${told}.` };
}

function statedConcepts(knowledge: Knowledge, sentence: Sentence): Concept[] {
  return find(knowledge, sentence.text)
    .filter((match) => match.assertion !== 'negated')
    .map((match) => match.concept);
}

function checkRate(
  knowledge: Knowledge,
  sentence: Sentence,
  evidence: readonly Evidence[],
): Failure | undefined {
  const measured = evidence.find(({ numbers }) => numbers['heartRateBpm'] !== undefined);
  const bpm = measured?.numbers['heartRateBpm'];
  if (measured === undefined || bpm === undefined) return undefined;
  const clash = statedConcepts(knowledge, sentence).find(({ rateBpm }) => {
    const { min = 0, max = Number.POSITIVE_INFINITY } = rateBpm ?? {};
    return bpm < min - RATE_TOLERANCE_BPM || bpm > max + RATE_TOLERANCE_BPM;
  });
  if (clash === undefined) return undefined;
  const rate = `${rounded(bpm, 0)} per minute (${measured.id})`;
  const message = `The measured rate of ${rate} does not fit ${clash.name}.`;
  return { reason: 'contradicts-measurement', message };
}

/** For every pair of sentences that exclude each other, the one on the weaker (later) finding. */
function contradicted(
  knowledge: Knowledge,
  sections: readonly Section[],
  byId: ReadonlyMap<string, Evidence>,
  contradictions: Contradiction[],
): Map<Sentence, Failure> {
  const order = [...byId.keys()];
  const rank = (sentence: Sentence) =>
    Math.min(...sentence.evidence.map((id) => order.indexOf(id)));
  const stating = sections
    .filter(({ name }) => STATING.has(name))
    .flatMap(({ sentences }) => sentences)
    .sort((a, b) => rank(a) - rank(b));
  const kept: { text: string; concepts: readonly Concept[] }[] = [];
  const losers = new Map<Sentence, Failure>();
  for (const sentence of stating) {
    const concepts = statedConcepts(knowledge, sentence);
    const winner = [...kept, { text: sentence.text, concepts }].find((other) =>
      concepts.some((a) => other.concepts.some((b) => areExclusive(a, b))),
    );
    if (winner === undefined) {
      kept.push({ text: sentence.text, concepts });
      continue;
    }
    contradictions.push({ kept: winner.text, dropped: sentence.text });
    losers.set(sentence, { reason: 'contradiction', message: `It excludes: ${winner.text}` });
  }
  return losers;
}
