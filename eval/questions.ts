/** Twelve plain questions to PTB-XL, and which statements make a recording relevant to each. */
import type { Archive } from '../src/archive/ports.js';
import { precisionAt } from '../src/evaluate/metrics.js';
import type { SearchLevel } from '../src/search/ports.js';
import type { EcgService } from '../src/server/service.js';

/** Relevance is any likelihood of any of the codes: the code's presence. */
export const QUESTIONS: readonly { text: string; codes: readonly string[] }[] = [
  { text: 'atrial fibrillation', codes: ['AFIB'] },
  { text: 'left bundle branch block', codes: ['CLBBB'] },
  { text: 'right bundle branch block', codes: ['CRBBB', 'IRBBB'] },
  { text: 'left ventricular hypertrophy', codes: ['LVH', 'VCLVH'] },
  { text: 'old inferior infarction', codes: ['IMI', 'ILMI', 'IPMI', 'IPLMI'] },
  { text: 'anteroseptal infarction', codes: ['ASMI'] },
  { text: 'first degree AV block', codes: ['1AVB'] },
  { text: 'sinus bradycardia', codes: ['SBRAD'] },
  { text: 'sinus tachycardia', codes: ['STACH'] },
  { text: 'premature ventricular complexes', codes: ['PVC', 'BIGU', 'TRIGU'] },
  { text: 'paced rhythm', codes: ['PACE'] },
  { text: 'normal ECG', codes: ['NORM'] },
];

const DEPTH = 10;

export interface QuestionFigures {
  readonly level: SearchLevel;
  readonly meanPrecision: number;
  readonly meanBaseRate: number;
  readonly questions: readonly {
    readonly text: string;
    readonly relevant: number;
    readonly k: number;
    readonly precision: number;
    readonly baseRate: number;
  }[];
}

/** Every recording counts, also several of one patient, so that precision has its usual meaning. */
export async function measureQuestions(
  service: EcgService,
  archive: Archive,
): Promise<QuestionFigures[]> {
  const figures: QuestionFigures[] = [];
  for (const level of ['rhythm', 'fused'] as const)
    figures.push(await measureLevel(service, archive, level));
  return figures;
}

async function measureLevel(
  service: EcgService,
  archive: Archive,
  level: SearchLevel,
): Promise<QuestionFigures> {
  const total = archive.listIds().length;
  const questions: QuestionFigures['questions'][number][] = [];
  for (const { text, codes } of QUESTIONS) {
    const relevant = new Set<string>();
    for (const code of codes) {
      for (const id of archive.select([{ field: 'code', operator: '=', value: code }]))
        relevant.add(id);
    }
    const k = Math.min(DEPTH, relevant.size);
    const { hits } = await service.search({
      text,
      level,
      k: Math.max(1, k),
      keepPatientRepeats: true,
    });
    const precision = precisionAt(
      k,
      hits.map((hit) => hit.ecgId),
      relevant,
    );
    questions.push({
      text,
      relevant: relevant.size,
      k,
      precision,
      baseRate: relevant.size / total,
    });
  }
  const mean = (pick: (one: (typeof questions)[number]) => number) =>
    questions.reduce((sum, one) => sum + pick(one), 0) / questions.length;
  return {
    level,
    meanPrecision: mean((one) => one.precision),
    meanBaseRate: mean((one) => one.baseRate),
    questions,
  };
}
