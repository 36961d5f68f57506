/**
 * Prompts enriched from the knowledge base by a language model at test time (CKEPE of MERL, arXiv 2403.06659,
 * with a check that the original lacks): look up the entries that a label names, let the model write subtypes
 * and attributes from these entries alone, keep what an entry states, drop and count the rest.
 */
import { RunnableLambda, RunnableSequence } from '@langchain/core/runnables';
import { z } from 'zod';
import { throwIfAborted } from '../ecg/errors.js';
import { DEFAULT_LIMITS } from '../ecg/limits.js';
import { type Concept, conceptTerms } from '../knowledge/concept.js';
import { type Knowledge, kindsOf } from '../knowledge/knowledge.js';
import { find } from '../knowledge/lookup.js';
import type { LlmClient } from '../llm/port.js';
import { Sealed } from '../llm/sealed.js';
import { completeStructured } from '../llm/structured.js';
import { templateRunnable } from '../llm/template.js';
import { type CacheKey, digest, type PromptCache } from './prompt-cache.js';
import { readChecked, withoutRepeats } from './prompts.js';
import { criterionText, findingText, supportOf } from './statements.js';

const ENTRY_COUNT = 12;
const TERM_COUNT = 24;
const TERM_LENGTH = 160;
const ANSWER_TOKENS = 2048;
/** What instructions, label and JSON Schema take of a question's bytes. */
const OTHER_BYTES = 12 * 1024;

export const enrichTemplateSchema = z.strictObject({
  version: z.string().min(1),
  about: z.string(),
  system: z.string().min(1),
  prompt: z.string().min(1),
  /** {subtype} gives one text for each subtype, {attribute} for each attribute; {name} is the label's. */
  texts: z.array(z.string().min(1)).min(1).max(8),
});
export type EnrichTemplate = Readonly<z.infer<typeof enrichTemplateSchema>>;

const termSchema = z.strictObject({
  term: z.string().min(1).max(TERM_LENGTH),
  entry: z.string().max(60),
});
const answerSchema = z.strictObject({
  subtypes: z.array(termSchema).max(TERM_COUNT),
  attributes: z.array(termSchema).max(TERM_COUNT),
});

const keptSchema = z.strictObject({
  subject: z.string(),
  model: z.string(),
  template: z.string(),
  /** Key of each entry it was written from -> hash of what the model was shown of it. */
  entries: z.record(z.string(), z.string()),
  date: z.string(),
  terms: z.array(
    z.strictObject({
      role: z.enum(['subtype', 'attribute']),
      term: z.string(),
      entry: z.string(),
      /** What the entry states, as the term was found to say no more. */
      statement: z.string(),
    }),
  ),
  dropped: z.array(z.strictObject({ role: z.enum(['subtype', 'attribute']), term: z.string() })),
  /** Texts that the terms give, without the label's own. */
  texts: z.array(z.string()),
});
/** What a language model added to a label, with its provenance; the file of the cache. */
export type Enrichment = Readonly<z.infer<typeof keptSchema>>;

/** What is enriched: a knowledge entry's label, or a sentence of the user's. */
export interface EnrichSubject {
  readonly name: string;
  /** The entry it is; without one the entries that its texts name are taken. */
  readonly concept?: Concept;
  readonly texts: readonly string[];
}

export interface EnrichParts {
  readonly knowledge: Knowledge;
  readonly client: LlmClient;
  readonly template: EnrichTemplate;
  readonly cache: PromptCache;
  readonly clock: () => Date;
}

/**
 * @returns undefined where the label names no entry: there is nothing to write from, nobody is asked
 * @throws what the client throws; `prompts.invalid` for a broken template
 */
export async function enrich(
  subject: EnrichSubject,
  parts: EnrichParts,
  signal?: AbortSignal,
): Promise<Enrichment | undefined> {
  throwIfAborted(signal);
  const entries = entriesOf(parts.knowledge, subject);
  if (entries.length === 0) return undefined;
  const key = cacheKey(subject, entries, parts);
  const kept = await parts.cache.read(key, keptSchema);
  if (kept) return kept;
  const chain = enrichChain(parts, signal);
  const written = await chain.invoke(new Sealed({ subject, entries }));
  const enrichment = written.open();
  await parts.cache.write(key, enrichment);
  return enrichment;
}

/** Reads a template of the prompts folder. @throws `prompts.invalid` */
export function loadEnrichTemplate(path: string): Promise<EnrichTemplate> {
  return readChecked(path, enrichTemplateSchema);
}

/** The entry and its kinds, or the entries that the texts state and their kinds. */
export function entriesOf(knowledge: Knowledge, { concept, texts }: EnrichSubject): Concept[] {
  const named = concept
    ? [concept]
    : texts.flatMap((text) =>
        find(knowledge, text)
          .filter(({ assertion }) => assertion === 'present')
          .map((match) => match.concept),
      );
  const all = new Set([...named, ...named.flatMap((one) => kindsOf(knowledge, one))]);
  let bytes = DEFAULT_LIMITS.llmPromptBytes - OTHER_BYTES;
  return [...all].slice(0, ENTRY_COUNT).filter((one) => {
    bytes -= Buffer.byteLength(JSON.stringify(shownEntry(one)));
    return bytes >= 0;
  });
}

/** The fields of an entry that the model is shown, and no others. */
function shownEntry(concept: Concept) {
  return {
    entry: concept.key,
    name: concept.name,
    synonyms: conceptTerms(concept).slice(1),
    definition: concept.definition,
    criteria: (concept.criteria ?? []).map(criterionText),
    leadFindings: (concept.leadFindings ?? []).map(findingText),
  };
}

/** Of the fields that the model is shown. */
export function entryHash(concept: Concept): string {
  return digest(JSON.stringify(shownEntry(concept)));
}

function cacheKey(
  subject: EnrichSubject,
  entries: readonly Concept[],
  { client, template }: EnrichParts,
): CacheKey {
  const what = subject.concept ? `concept ${subject.concept.key}` : `own ${subject.name}`;
  const { name, texts } = subject;
  return {
    subject: JSON.stringify([what, client.name, template.version]),
    state: JSON.stringify([template, name, texts, entries.map((one) => [one.key, entryHash(one)])]),
  };
}

interface Question {
  readonly subject: EnrichSubject;
  readonly entries: readonly Concept[];
}

/** Template -> model -> check, as LangChain runnables; what the steps exchange is sealed. */
function enrichChain(parts: EnrichParts, signal: AbortSignal | undefined) {
  const { client, template, clock } = parts;
  const fill = templateRunnable(template, ['material']);
  const ask = RunnableLambda.from(async (sealed: Sealed<Question>) => {
    const { subject, entries } = sealed.open();
    const label = { name: subject.name, texts: subject.texts };
    const material = JSON.stringify({ label, entries: entries.map(shownEntry) }, null, 1);
    const { system, prompt } = (await fill.invoke(new Sealed({ material }))).open();
    const answer = await completeStructured(client, answerSchema, {
      ...{ system, prompt, maxTokens: ANSWER_TOKENS },
      ...(signal && { signal }),
    });
    return new Sealed({ subject, entries, answer });
  });
  const check = RunnableLambda.from(
    (sealed: Sealed<Question & { answer: z.infer<typeof answerSchema> }>) => {
      const { subject, entries, answer } = sealed.open();
      const checked = checkTerms(answer, entries);
      return new Sealed<Enrichment>({
        subject: subject.name,
        model: client.name,
        template: template.version,
        entries: Object.fromEntries(entries.map((one) => [one.key, entryHash(one)])),
        date: clock().toISOString(),
        ...checked,
        texts: textsOf(subject.name, checked.terms, template),
      });
    },
  );
  return RunnableSequence.from<Sealed<Question>, Sealed<Enrichment>>([ask, check]);
}

/** A subtype must be a name of an entry, an attribute a criterion or a lead finding (or a name). */
function checkTerms(
  answer: z.infer<typeof answerSchema>,
  entries: readonly Concept[],
): Pick<Enrichment, 'terms' | 'dropped'> {
  const terms: Enrichment['terms'][number][] = [];
  const dropped: Enrichment['dropped'][number][] = [];
  const written = [
    ...answer.subtypes.map(({ term }) => ({ role: 'subtype' as const, term: tidy(term) })),
    ...answer.attributes.map(({ term }) => ({ role: 'attribute' as const, term: tidy(term) })),
  ];
  for (const { role, term } of written) {
    const support = supportOf(term, entries);
    const fitsRole = support && (role === 'attribute' || support.kind === 'name');
    if (fitsRole) terms.push({ role, term, entry: support.entry, statement: support.text });
    else dropped.push({ role, term });
  }
  return { terms, dropped };
}

/** One line without control characters: what the model wrote is shown and embedded. */
function tidy(term: string): string {
  return term
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

function textsOf(name: string, terms: Enrichment['terms'], { texts }: EnrichTemplate): string[] {
  const of = (role: 'subtype' | 'attribute') =>
    terms.filter((one) => one.role === role).map(({ term }) => term);
  return withoutRepeats(
    texts.flatMap((text) => {
      const role = text.includes('{subtype}') ? 'subtype' : 'attribute';
      return of(role).map((term) =>
        text.replace(/\{(name|subtype|attribute)\}/g, (_, field: string) =>
          field === 'name' ? name : term,
        ),
      );
    }),
  );
}
