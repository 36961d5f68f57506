/**
 * One archive, its model and the knowledge base behind the port of the service (service.ts): what the
 * HTTP routes and the commands `search`, `classify` and `report` share.
 */
import type { Archive, ArchiveStatus, StoredEcg } from '../archive/ports.js';
import { type Deidentification, Deidentifier } from '../ecg/deidentify.js';
import { describeEcg } from '../ecg/describe.js';
import { assert, PqrError, throwIfAborted } from '../ecg/errors.js';
import { type EcgRecord, ecgId } from '../ecg/record.js';
import type { Captioner, EcgEmbedding, EcgEncoder, Level, TextEncoder } from '../encoders/ports.js';
import type { Knowledge } from '../knowledge/knowledge.js';
import { type PlotOptions, type PlotWave, plotLayoutOf } from '../plot/options.js';
import { plotPng } from '../plot/plot-png.js';
import { plotSvg } from '../plot/plot-svg.js';
import type { LikeEcg, SearchResult } from '../search/ports.js';
import { type SearchParts, search } from '../search/search.js';
import { parseWhere } from '../search/where.js';
import { unseenSpans } from '../signal/gaps.js';
import type { Measurements } from '../signal/measure.js';
import { waveStretches } from '../signal/measured-waves.js';
import { detectQrs } from '../signal/qrs.js';
import { rhythmOf } from '../signal/rhythm.js';
import type { LabelText, OwnLabel } from '../zeroshot/own-label.js';
import type { OwnLabels } from '../zeroshot/own-labels.js';
import type { LabelScorer } from '../zeroshot/score.js';
import {
  type AttentionReader,
  type AttentionWindow,
  lacksAttention,
  shadesOf,
} from './attention.js';
import { type CaptionAnswer, type CaptionCall, captionEcg } from './captions.js';
import { conceptLookup } from './concept-lookup.js';
import type { LabelBook, ListedOwnLabel, ScoredLabel } from './label-book.js';
import { scoreLabels } from './label-scores.js';
import { type LabelView, viewLabel } from './label-view.js';
import { measuredFeatures } from './measured-features.js';
import type { ReportDesk } from './report-desk.js';
import type {
  ClassifyCall,
  EcgService,
  InspectOptions,
  LabelViewCall,
  PlotCall,
  ReportCall,
  SearchCall,
  Subject,
} from './service.js';

export interface ArchiveServiceParts {
  readonly archive: Archive;
  readonly ecgEncoder: EcgEncoder;
  readonly textEncoder: TextEncoder;
  readonly features: EcgService['features'];
  readonly lacking: EcgService['lacking'];
  readonly attention: AttentionReader;
  /** Opened when it is first needed. @throws `model.feature` */
  readonly captioner: () => Promise<Captioner>;
  readonly knowledge: Knowledge;
  readonly scorer: LabelScorer;
  readonly labelBook: LabelBook;
  readonly reportDesk: ReportDesk;
  readonly attribution: string | null;
  readonly readFiles: EcgService['inspectFiles'];
  readonly measure: (record: EcgRecord) => Promise<Measurements>;
}

const ACCEPTABLE = { field: 'acceptable', operator: '=', value: 1 } as const;

export class ArchiveService implements EcgService {
  private readonly parts: ArchiveServiceParts;

  constructor(parts: ArchiveServiceParts) {
    this.parts = parts;
  }

  get attribution(): string | null {
    return this.parts.attribution;
  }

  get features(): EcgService['features'] {
    return this.parts.features;
  }

  get lacking(): EcgService['lacking'] {
    return this.parts.lacking;
  }

  status(): Promise<ArchiveStatus> {
    return this.parts.archive.status();
  }

  stored(id: string): StoredEcg {
    const ecg = this.parts.archive.get(id);
    if (ecg) return ecg;
    throw new PqrError('ecg.missing', `The archive holds no ECG ${id}.`);
  }

  /** A stored recording comes back with the report and metadata it was indexed with. */
  record(subject: Subject): EcgRecord {
    return typeof subject === 'string'
      ? this.parts.archive.waveform(this.stored(subject).ecgId)
      : subject;
  }

  describe(subject: Subject) {
    const record = this.record(subject);
    const rPeakSamples = this.rPeakSamples(subject, record);
    const { heartRateBpm } = rhythmOf(rPeakSamples, record.samplingRateHz, unseenSpans(record));
    return {
      ...describeEcg(record),
      heartRateBpm: heartRateBpm === null ? null : Math.round(heartRateBpm),
      rPeaksSeconds: Array.from(rPeakSamples, (peak) => peak / record.samplingRateHz),
    };
  }

  measurements(subject: Subject): Promise<Measurements> {
    return this.parts.measure(this.record(subject));
  }

  private rPeakSamples(subject: Subject, record: EcgRecord): Int32Array {
    if (typeof subject !== 'string') return detectQrs(record).rPeakSamples;
    const { rPeaksSeconds, samplingRateHz } = this.stored(subject);
    return Int32Array.from(rPeaksSeconds, (seconds) => Math.round(seconds * samplingRateHz));
  }

  async search(call: SearchCall): Promise<SearchResult> {
    const { like, where, acceptableOnly = false, beatIndex, ...rest } = call;
    const conditions = [
      ...(where === undefined ? [] : parseWhere(where)),
      ...(acceptableOnly ? [ACCEPTABLE] : []),
    ];
    if (beatIndex !== undefined && like === undefined) {
      throw new PqrError('usage.invalid', 'A beat is asked for, but of which ECG?', {
        hint: 'Give the ECG as well: --like FILE, or like= in a request.',
      });
    }
    const likeEcg = like === undefined ? undefined : await this.likeEcg(like, call.signal);
    return search(this.searchParts(), {
      ...rest,
      ...(likeEcg && { like: { ...likeEcg, ...(beatIndex !== undefined && { beatIndex }) } }),
      ...(conditions.length > 0 && { where: conditions }),
    });
  }

  private searchParts(): SearchParts {
    const { archive, textEncoder, knowledge } = this.parts;
    return { archive, textEncoder, lookup: conceptLookup(knowledge) };
  }

  /** The recording itself and its patient are known where the archive holds the same samples. */
  private async likeEcg(subject: Subject, signal?: AbortSignal): Promise<LikeEcg> {
    const embedding = await this.embedding(subject, signal);
    const id = this.idOf(subject);
    const patientId = this.parts.archive.get(id)?.patient.id ?? this.record(subject).patient.id;
    return { embedding, ecgId: id, ...(patientId !== undefined && { patientId }) };
  }

  private idOf(subject: Subject): string {
    return typeof subject === 'string' ? subject : ecgId(subject);
  }

  /** From the archive where it is stored, else through the model. */
  private async embedding(subject: Subject, signal?: AbortSignal): Promise<EcgEmbedding> {
    throwIfAborted(signal);
    const { archive, ecgEncoder } = this.parts;
    if (typeof subject !== 'string') {
      const [embedding] = await ecgEncoder.embed([subject], signal ? { signal } : {});
      return embedding!;
    }
    const ecg = this.stored(subject);
    const levels = Object.keys(archive.model.levels) as Level[];
    return {
      levels: levels.map((level) => archive.vectors(ecg.ecgId, level)),
      rPeakSamples: Int32Array.from(ecg.rPeaksSeconds, (one) =>
        Math.round(one * ecg.samplingRateHz),
      ),
    };
  }

  async plotSvg(subject: Subject, call: PlotCall): Promise<string> {
    return plotSvg(this.record(subject), await this.plotOptions(subject, call));
  }

  async plotPng(subject: Subject, call: PlotCall): Promise<Uint8Array> {
    return plotPng(this.record(subject), await this.plotOptions(subject, call));
  }

  /** R peaks are marked where the archive knows them. */
  private async plotOptions(
    subject: Subject,
    { seconds, layout, attention = false, fiducials = false, ...call }: PlotCall,
  ): Promise<PlotOptions> {
    const rPeaksSeconds = typeof subject === 'string' ? this.stored(subject).rPeaksSeconds : [];
    return {
      ...{ ...call, shownSeconds: seconds, layout: plotLayoutOf(layout), rPeaksSeconds },
      ...(fiducials && { waves: await this.waves(subject) }),
      ...(attention && { attention: shadesOf(await this.attention(subject)) }),
    };
  }

  private async waves(subject: Subject): Promise<PlotWave[]> {
    const { beats, samplingRateHz } = await this.measurements(subject);
    return waveStretches(beats, samplingRateHz);
  }

  async attention(subject: Subject): Promise<AttentionWindow[]> {
    const record = this.record(subject);
    const { attention, features, ecgEncoder } = this.parts;
    if (!features.includes('attention')) throw lacksAttention(ecgEncoder.model.name);
    return attention.windows(this.idOf(subject), record);
  }

  async caption(subject: Subject, call: CaptionCall): Promise<CaptionAnswer> {
    const { samplingRateHz } = typeof subject === 'string' ? this.stored(subject) : subject;
    const captioner = await this.parts.captioner();
    const { levels } = await this.embedding(subject, call.signal);
    return captionEcg(captioner, { levels, samplingRateHz }, call);
  }

  async labels() {
    const { labelBook } = this.parts;
    return [...labelBook.list(), ...(await labelBook.listOwn(this.modelHash))];
  }

  async ownLabel(key: string) {
    return this.shown(await this.own.get(key));
  }

  async addLabel(definition: LabelText, key?: string) {
    const { label, change } = await this.own.add(definition, key);
    return { change, ...this.shown(label) };
  }

  async changeLabel(key: string, changes: Partial<LabelText>) {
    const { label, change } = await this.own.change(key, changes);
    return { change, ...this.shown(label) };
  }

  async removeLabel(key: string) {
    await this.own.get(key);
    await this.own.remove(key);
  }

  viewLabel(text: string, call: LabelViewCall): Promise<LabelView> {
    return viewLabel(this.parts, text, call);
  }

  private get own(): OwnLabels {
    const { own } = this.parts.labelBook;
    assert(own, 'the labels of an archive are at hand');
    return own;
  }

  private shown(label: OwnLabel): ListedOwnLabel {
    return this.parts.labelBook.shownOwn(label, this.modelHash);
  }

  private get modelHash(): string {
    return this.parts.ecgEncoder.model.hash;
  }

  async classify(subject: Subject, call: ClassifyCall): Promise<ScoredLabel[]> {
    const { scorer, labelBook, knowledge, ecgEncoder } = this.parts;
    const labels = await labelBook.define(call.labels, call.prompts, call.signal);
    const embedding = await this.embedding(subject, call.signal);
    const { patient } = typeof subject === 'string' ? this.stored(subject) : subject;
    const parts = { scorer, labelBook, knowledge, modelHash: ecgEncoder.model.hash };
    return scoreLabels(parts, {
      embedding,
      labels,
      patient: measuredFeatures(patient, await this.measurements(subject)),
      ownEcgId: this.idOf(subject),
      ...(call.signal && { signal: call.signal }),
    });
  }

  async report(subject: Subject, { format, signal }: ReportCall): Promise<unknown> {
    const record = this.record(subject);
    const like = await this.likeEcg(subject, signal);
    const calls = { ...(signal && { signal }) };
    return this.parts.reportDesk.draft({
      ...calls,
      record,
      format,
      embedding: like.embedding,
      measurements: await this.measurements(subject),
      ecgId: this.idOf(subject),
      ...(like.patientId !== undefined && { patientId: like.patientId }),
      similar: (k) => search(this.searchParts(), { ...calls, like, k, level: 'rhythm' }),
    });
  }

  deidentification(): Deidentification {
    const { deidentifier } = this.parts.archive;
    return (deidentifier ?? new Deidentifier(undefined)).recording();
  }

  inspectFiles(
    files: ReadonlyMap<string, Uint8Array>,
    options: InspectOptions,
  ): Promise<EcgRecord> {
    return this.parts.readFiles(files, options);
  }
}
