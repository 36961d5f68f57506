/** Puts a recording, its findings and its similar cases on the desk of src/reports, and prints the draft. */
import type { EcgRecord } from '../ecg/record.js';
import { durationSeconds } from '../ecg/record.js';
import type { EcgEmbedding } from '../encoders/ports.js';
import type { Knowledge } from '../knowledge/knowledge.js';
import { draftReport } from '../reports/draft.js';
import { formatFhir } from '../reports/format-fhir.js';
import { formatText } from '../reports/format-text.js';
import type { ReportDraft, ReportSubject, SimilarCases } from '../reports/ports.js';
import type { SearchResult } from '../search/ports.js';
import type { Measurements } from '../signal/measure.js';
import type { LabelScorer } from '../zeroshot/score.js';
import type { LabelBook } from './label-book.js';

export interface DraftCall {
  readonly record: EcgRecord;
  readonly embedding: EcgEmbedding;
  readonly ecgId: string;
  readonly patientId?: string;
  readonly measurements: Measurements;
  /** The k recordings nearest at rhythm level, best first. */
  readonly similar: (k: number) => Promise<SearchResult>;
  readonly format: 'json' | 'text' | 'fhir';
  readonly signal?: AbortSignal;
}

export class ReportDesk {
  private readonly knowledge: Knowledge;
  private readonly scorer: LabelScorer;
  private readonly labelBook: LabelBook;

  constructor(parts: { knowledge: Knowledge; scorer: LabelScorer; labelBook: LabelBook }) {
    this.knowledge = parts.knowledge;
    this.scorer = parts.scorer;
    this.labelBook = parts.labelBook;
  }

  /** The draft as JSON, as a text, or as a FHIR R4 DiagnosticReport. */
  async draft(call: DraftCall): Promise<unknown> {
    const draft = await this.write(call);
    if (call.format === 'text') return formatText(draft);
    if (call.format === 'fhir') return formatFhir(draft);
    return draft;
  }

  private async write({ embedding, ecgId, signal, ...call }: DraftCall): Promise<ReportDraft> {
    const labels = await this.labelBook.define('default', 'ckepe');
    const request = { embedding, labels, ownEcgId: ecgId, ...(signal && { signal }) };
    return draftReport(
      subjectOf({ ecgId, ...call }),
      {
        knowledge: this.knowledge,
        topFindings: (count) => this.scorer.topFindings(request, count),
        similarCases: similarCases(call.similar),
      },
      signal ? { signal } : {},
    );
  }
}

function subjectOf({
  record,
  ecgId,
  patientId,
  measurements,
}: Omit<DraftCall, 'similar' | 'format' | 'embedding'>): ReportSubject {
  return {
    ecgId,
    leads: record.leads,
    durationSeconds: durationSeconds(record),
    warnings: record.warnings,
    ...(record.quality && { quality: record.quality }),
    rhythm: measurements,
    measurements,
    ...(patientId !== undefined && { patientId }),
    ...(record.recordedAt !== undefined && { recordedAt: record.recordedAt }),
  };
}

function similarCases(similar: DraftCall['similar']): SimilarCases {
  return async (k) => {
    const { hits } = await similar(k);
    return hits.map(({ ecgId, record, score, report, metadata, quality }) => ({
      ecgId,
      record,
      score,
      report,
      codes: metadata.codes,
      patientId: metadata.patientId,
      ...(quality && { acceptable: quality.acceptable }),
    }));
  };
}
