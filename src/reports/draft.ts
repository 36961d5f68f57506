/**
 * The drafting chain: gather evidence -> write -> verify, as a LangChain runnable sequence, so that
 * a step can be replaced (a language model that writes from the same evidence) without touching the
 * others.
 */
import { RunnableLambda, RunnableSequence } from '@langchain/core/runnables';
import { throwIfAborted } from '../ecg/errors.js';
import type { Knowledge } from '../knowledge/knowledge.js';
import { Sealed } from '../llm/sealed.js';
import { COMPOSER_VERSION, composeSections, type Material } from './compose.js';
import { gatherEvidence } from './evidence.js';
import type { ReportDraft, ReportSubject, Section, SimilarCases, TopFindings } from './ports.js';
import { pickCases } from './similar.js';
import { verifyDraft } from './verify.js';

export const DISCLAIMER =
  'Draft for research and review, written from computed evidence. It is not a diagnosis; ' +
  'a qualified reader must check it against the recording.';

const DEFAULT_CASE_COUNT = 5;
const DEFAULT_FINDING_COUNT = 6;

export interface ReportSources {
  readonly knowledge: Knowledge;
  readonly topFindings: TopFindings;
  readonly similarCases: SimilarCases;
}

export interface DraftOptions {
  readonly caseCount?: number;
  readonly findingCount?: number;
  readonly signal?: AbortSignal;
}

interface Written extends Material {
  readonly sections: readonly Section[];
}

type Question = DraftOptions & { readonly subject: ReportSubject };

/** The chain for one recording's sources. Its inputs and outputs are sealed (sealed.ts). */
export function reportChain(
  sources: ReportSources,
): RunnableSequence<Sealed<Question>, Sealed<ReportDraft>> {
  const { knowledge } = sources;
  const gather = RunnableLambda.from(
    async (question: Sealed<Question>) =>
      new Sealed(await gatherMaterial(sources, question.open())),
  );
  const write = RunnableLambda.from((sealed: Sealed<Material>) => {
    const material = sealed.open();
    const sections = composeSections(knowledge, material);
    return new Sealed<Written>({ ...material, sections });
  });
  const verify = RunnableLambda.from(
    (written: Sealed<Written>) => new Sealed(finish(knowledge, written.open())),
  );
  return RunnableSequence.from<Sealed<Question>, Sealed<ReportDraft>>([gather, write, verify]);
}

/**
 * Drafts a report of one recording. Every sentence of the result names its evidence and has been
 * checked against it; what failed is in `dropped`.
 * @throws what the sources throw; `request.aborted`
 */
export async function draftReport(
  subject: ReportSubject,
  sources: ReportSources,
  options: DraftOptions = {},
): Promise<ReportDraft> {
  const draft = await reportChain(sources).invoke(new Sealed({ subject, ...options }));
  return draft.open();
}

async function gatherMaterial(sources: ReportSources, question: Question): Promise<Material> {
  const { subject, signal } = question;
  throwIfAborted(signal);
  const findings = await sources.topFindings(
    question.findingCount ?? DEFAULT_FINDING_COUNT,
    signal,
  );
  throwIfAborted(signal);
  const caseCount = question.caseCount ?? DEFAULT_CASE_COUNT;
  const similar = await pickCases(subject, sources.similarCases, caseCount, signal);
  throwIfAborted(signal);
  return { ...gatherEvidence(sources.knowledge, subject, findings, similar), findings };
}

function finish(knowledge: Knowledge, written: Written): ReportDraft {
  const { subject, evidence, similar } = written;
  const verified = verifyDraft(knowledge, written.sections, evidence);
  return {
    status: 'draft',
    ecgId: subject.ecgId,
    ...(subject.recordedAt === undefined ? {} : { recordedAt: subject.recordedAt }),
    ...(subject.quality && {
      quality: { acceptable: subject.quality.acceptable, score: subject.quality.score },
    }),
    writer: { mode: 'offline', version: COMPOSER_VERSION },
    ...verified,
    evidence,
    similar,
    disclaimer: DISCLAIMER,
  };
}
