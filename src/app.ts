/**
 * The composition root: the only place where the parts are put together. Commands and the service get
 * what they need from here and know nothing of each other.
 */
import { readFile } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { pino } from 'pino';
import { AppArchives } from './app-archives.js';
import {
  type QualityAppCall,
  runQuality,
  runZeroshot,
  type ZeroshotAppCall,
} from './app-evaluate.js';
import { type LabelPlace, labelShelf, makeLabelBook } from './app-labels.js';
import { AppModels, type Closable, type Model } from './app-models.js';
import { type IngestResult, ingest } from './archive/ingest.js';
import { judgeMissing } from './archive/judge-missing.js';
import { readMetadata } from './archive/metadata.js';
import type { OpenArchive } from './archive/open.js';
import type {
  ArchiveStatus,
  FailedRecord,
  LabelShelf,
  VerifyResult,
  WorkOptions,
} from './archive/ports.js';
import type { Config } from './config.js';
import { PqrError } from './ecg/errors.js';
import { type EcgRecord, withWarnings } from './ecg/record.js';
import { featuresOf, lackingFeaturesOf } from './encoders/features.js';
import type { QualityResult } from './evaluate/quality.js';
import type { ZeroshotResult } from './evaluate/zeroshot.js';
import { readEcg, readEcgFiles } from './formats/read.js';
import type { ReadOptions } from './formats/read-options.js';
import { writeEcg } from './formats/write.js';
import type { Knowledge } from './knowledge/knowledge.js';
import { loadKnowledge } from './knowledge/load.js';
import { LlmBudget } from './llm/budget.js';
import { openAiClient } from './llm/openai.js';
import type { LlmClient } from './llm/port.js';
import type { PlotOptions, PlotShade, PlotWave } from './plot/options.js';
import { plotPng } from './plot/plot-png.js';
import { plotSvg } from './plot/plot-svg.js';
import { ArchiveService } from './server/archive-service.js';
import { AttentionReader, lacksAttention, shadesOf } from './server/attention.js';
import { buildServer } from './server/build.js';
import { type CaptionAnswer, captionEcg } from './server/captions.js';
import type { LabelBook, ListedLabel, ListedOwnLabel, ScoredLabel } from './server/label-book.js';
import { calibrateLabel } from './server/label-calibration.js';
import { scoreLabels } from './server/label-scores.js';
import { type Listening, listen } from './server/listen.js';
import { measuredFeatures } from './server/measured-features.js';
import { ReportDesk } from './server/report-desk.js';
import {
  type ScoreArchiveCall,
  type ScoreArchiveResult,
  scoreArchive,
} from './server/score-archive.js';
import type { InspectOptions } from './server/service.js';
import { delineate } from './signal/delineate.js';
import { judgeRecording } from './signal/judge.js';
import { repairLeads } from './signal/lead-repair.js';
import { type Measurements, measure } from './signal/measure.js';
import { waveStretches } from './signal/measured-waves.js';
import { archiveReference } from './zeroshot/reference.js';
import { createLabelScorer } from './zeroshot/score.js';

export interface IndexCall extends WorkOptions {
  readonly paths: readonly string[];
  readonly archiveFolder: string;
  readonly metadataPath?: string;
  readonly metadataPreset?: string;
}

/** What commands can ask for; each part is opened when it is first needed and closed with the app. */
export class App {
  readonly config: Config;
  private readonly opened: Closable[] = [];
  private readonly models: AppModels;
  private readonly archives: AppArchives;
  private knowledgeOnce: Promise<Knowledge> | undefined;
  /** Undefined where none is configured: nothing is sent to anyone. */
  readonly llm: LlmClient | undefined;

  constructor(config: Config) {
    this.config = config;
    this.llm = llmOf(config);
    this.models = new AppModels(config, this.opened);
    this.archives = new AppArchives(this.models, this.opened);
  }

  /** A file as a record, with what the signal itself gives reason to warn about. */
  async readEcg(path: string, options: ReadOptions = {}): Promise<EcgRecord> {
    return inspected(await readEcg(path, options));
  }

  async readFiles(
    files: ReadonlyMap<string, Uint8Array>,
    { repairLeads: repairs = false, ...options }: InspectOptions = {},
  ): Promise<EcgRecord> {
    const record = inspected(await readEcgFiles(files, options));
    return repairs ? this.repairLeads(record) : record;
  }

  /** The twelve standard leads, those that are missing computed from the others and marked. */
  repairLeads(record: EcgRecord): EcgRecord {
    return repairLeads(record);
  }

  writeEcg(record: EcgRecord, path: string): Promise<string[]> {
    return writeEcg(record, path);
  }

  /** Intervals, axes, levels and beats of a recording. */
  async measure(record: EcgRecord): Promise<Measurements> {
    return measure(record, await delineate(record, await this.models.segmenter()));
  }

  /** Where P, QRS and T of every beat lie, to be drawn in a plot. */
  async waves(record: EcgRecord): Promise<PlotWave[]> {
    const { beats } = await this.measure(record);
    return waveStretches(beats, record.samplingRateHz);
  }

  plotSvg(record: EcgRecord, options: PlotOptions): string {
    return plotSvg(record, options);
  }

  plotPng(record: EcgRecord, options: PlotOptions): Promise<Uint8Array> {
    return plotPng(record, options);
  }

  /** The configured model, its files checked, its encoders open. */
  model(): Promise<Model> {
    return this.models.model();
  }

  listModels() {
    return this.models.list();
  }

  verifyModel(name?: string): Promise<{ model: string; fileCount: number; bytes: number }> {
    return this.models.verify(name);
  }

  /** Copies a model folder to the others, checked; a model of the same name only with `replace`. */
  addModel(folder: string, replace = false): Promise<{ model: string; folder: string }> {
    return this.models.add(folder, replace);
  }

  /** An archive with the model that embeds its questions; opened once a folder. */
  openArchive(folder: string, create = false): Promise<OpenArchive> {
    return this.archives.open(folder, create);
  }

  knowledge(): Promise<Knowledge> {
    this.knowledgeOnce ??= loadKnowledge(this.config.knowledgeFolder).catch((error: unknown) => {
      this.knowledgeOnce = undefined;
      throw error;
    });
    return this.knowledgeOnce;
  }

  /**
   * A recording in the model's own words, one caption a window; with `text` also how likely that text is
   * (natural logarithm, in the window where it is most likely).
   * @throws `model.feature` where the model has no caption decoder
   */
  async caption(
    record: EcgRecord,
    call: { beamWidth?: number; text?: string; signal?: AbortSignal } = {},
  ): Promise<CaptionAnswer> {
    const captioner = await this.models.captioner();
    const { ecgEncoder } = await this.model();
    const [embedding] = await ecgEncoder.embed(
      [record],
      call.signal ? { signal: call.signal } : {},
    );
    const { samplingRateHz } = record;
    return captionEcg(captioner, { levels: embedding!.levels, samplingRateHz }, call);
  }

  /**
   * Where the model looked in a recording, to be shaded in a plot.
   * @throws `model.feature` where the model gives no attention map
   */
  async attention(record: EcgRecord): Promise<PlotShade[]> {
    const { folder, ecgEncoder } = await this.model();
    if (!featuresOf(folder.manifest).includes('attention'))
      throw lacksAttention(ecgEncoder.model.name);
    return shadesOf(await new AttentionReader(ecgEncoder).windows('', record));
  }

  /** Indexes, and counts what was remarked about the signals, by warning code. */
  async index(call: IndexCall): Promise<IngestResult & { warnings: Record<string, number> }> {
    const warnings: Record<string, number> = {};
    const inspect = (record: EcgRecord) => {
      const judged = judgeRecording(record);
      const codes = new Set([...record.warnings, ...judged.warnings].map(({ code }) => code));
      for (const code of codes) warnings[code] = (warnings[code] ?? 0) + 1;
      return judged;
    };
    const metadata =
      call.metadataPath === undefined
        ? undefined
        : await readMetadata(call.metadataPath, {
            ...(call.metadataPreset !== undefined && { preset: call.metadataPreset }),
          });
    const { ecgEncoder } = await this.model();
    const archive = await this.openArchive(call.archiveFolder, true);
    const result = await ingest(
      call.paths,
      {
        archive,
        encoder: ecgEncoder,
        inspect,
        ...(metadata && { metadata }),
      },
      {
        ...(call.signal && { signal: call.signal }),
        ...(call.onProgress && { onProgress: call.onProgress }),
      },
    );
    return { ...result, warnings };
  }

  /** Indexes the sample recordings that come with the package; a second time changes nothing. */
  indexSample(archiveFolder: string, options: WorkOptions = {}): ReturnType<App['index']> {
    const { sampleFolder } = this.config;
    return this.index({
      ...options,
      archiveFolder,
      paths: [join(sampleFolder, 'records')],
      metadataPath: join(sampleFolder, 'metadata.csv'),
    });
  }

  /** @param shelf where labels of the user's own are kept */
  async labelBook(shelf?: LabelShelf): Promise<LabelBook> {
    const { config, llm } = this;
    return makeLabelBook({ config, llm, shelf, knowledge: await this.knowledge() });
  }

  private labelShelf(place: LabelPlace): Promise<LabelShelf | undefined> {
    return labelShelf(place, (folder) => this.archives.openAny(folder));
  }

  /** Labels of the user's own with the hash of the model that scores them. */
  async ownLabels(place: LabelPlace): Promise<{ book: LabelBook; modelHash: string }> {
    const shelf = await this.labelShelf(place);
    if (shelf === undefined) {
      throw new PqrError('usage.invalid', 'Where are the labels? Give --archive or --file.');
    }
    const { archiveFolder } = place;
    const model =
      archiveFolder === undefined
        ? await this.models.identity()
        : (await this.archives.openAny(archiveFolder)).model;
    return { book: await this.labelBook(shelf), modelHash: model.hash };
  }

  /**
   * Learns from labelled examples what the scores of an own label mean; with an archive of its recordings,
   * else of the files that the table names, relative to it.
   * @throws `label.unknown`, `label.examples`
   */
  async calibrateLabel(
    key: string,
    examplesPath: string,
    place: LabelPlace,
    options: WorkOptions = {},
  ): Promise<{ label: ListedOwnLabel; failed: readonly FailedRecord[] }> {
    const { book } = await this.ownLabels(place);
    const { textEncoder, ecgEncoder } = await this.model();
    const { archiveFolder } = place;
    const archive = archiveFolder === undefined ? undefined : await this.openArchive(archiveFolder);
    const readEcg = (path: string, read: ReadOptions) => this.readEcg(path, read);
    const parts = { book, scorer: createLabelScorer(textEncoder), ecgEncoder, readEcg };
    return calibrateLabel({ ...parts, ...(archive && { archive }) }, key, examplesPath, options);
  }

  /** The knowledge base's labels, and the user's own where a place is named. */
  async labels(place: LabelPlace = {}): Promise<ListedLabel[]> {
    if (place.archiveFolder === undefined && place.labelFile === undefined) {
      return (await this.labelBook()).list();
    }
    const { book, modelHash } = await this.ownLabels(place);
    return [...book.list(), ...(await book.listOwn(modelHash))];
  }

  /** One archive, ready to answer questions. */
  async openService(archiveFolder: string): Promise<ArchiveService> {
    const archive = await this.openArchive(archiveFolder);
    const { folder, ecgEncoder, textEncoder } = await this.model();
    const knowledge = await this.knowledge();
    const labelBook = await this.labelBook(archive.labels);
    const scorer = createLabelScorer(textEncoder, archiveReference(archive, knowledge));
    return new ArchiveService({
      archive,
      ecgEncoder,
      textEncoder,
      features: featuresOf(folder.manifest),
      lacking: lackingFeaturesOf(folder.manifest),
      attention: new AttentionReader(ecgEncoder),
      captioner: () => this.models.captioner(),
      knowledge,
      scorer,
      labelBook,
      reportDesk: new ReportDesk({ knowledge, scorer, labelBook }),
      attribution: await this.attributionOf(archive),
      readFiles: (files, options) => this.readFiles(files, options),
      measure: (record) => this.measure(record),
    });
  }

  /** The sample archive names its source wherever its recordings are shown. */
  private async attributionOf(archive: OpenArchive): Promise<string | null> {
    const path = join(this.config.sampleFolder, 'ATTRIBUTION');
    const [first] = archive.listIds();
    const paths = first === undefined ? [] : (archive.get(first)?.paths ?? []);
    const fromSample = paths.some((one) => isSamplePath(one, this.config));
    return fromSample ? (await readFile(path, 'utf8')).trim() : null;
  }

  /**
   * Labels scored over a whole archive, into a file; stopped half-way, the same call goes on from there.
   * @throws `label.unknown`, `label.ambiguous`, `usage.invalid`, `file.unwritable`, `limit.exceeded`
   */
  async scoreArchive(
    archiveFolder: string,
    call: ScoreArchiveCall,
    options: WorkOptions = {},
  ): Promise<ScoreArchiveResult> {
    const archive = await this.openArchive(archiveFolder);
    const scorer = createLabelScorer((await this.model()).textEncoder);
    const labelBook = await this.labelBook(archive.labels);
    const measure = (record: EcgRecord) => this.measure(record);
    const parts = { archive, scorer, labelBook, measure, knowledge: await this.knowledge() };
    return scoreArchive(parts, call, options);
  }

  /** The archive with what turns texts into vectors, for measurements (eval/). */
  async openParts(archiveFolder: string) {
    const { textEncoder, ecgEncoder } = await this.model();
    const [archive, labelBook] = await Promise.all([
      this.openArchive(archiveFolder),
      this.labelBook(),
    ]);
    return { archive, labelBook, textEncoder, ecgEncoder };
  }

  /** Labels scored on one recording; percentiles only where an archive is given. */
  async classify(
    record: EcgRecord,
    call: {
      labels: 'default' | readonly string[];
      prompts: string;
      archiveFolder?: string;
      labelFile?: string;
      signal?: AbortSignal;
    },
  ): Promise<readonly ScoredLabel[]> {
    const shelf = call.labelFile === undefined ? undefined : await this.labelShelf(call);
    if (call.archiveFolder !== undefined) {
      return (await this.openService(call.archiveFolder)).classify(record, call);
    }
    const labelBook = await this.labelBook(shelf);
    const labels = await labelBook.define(call.labels, call.prompts, call.signal);
    const { ecgEncoder, textEncoder } = await this.model();
    const options = call.signal ? { signal: call.signal } : {};
    const [embedding] = await ecgEncoder.embed([record], options);
    const scorer = createLabelScorer(textEncoder);
    const knowledge = await this.knowledge();
    const patient = measuredFeatures(record.patient, await this.measure(record));
    return scoreLabels(
      { scorer, labelBook, knowledge, modelHash: textEncoder.model.hash },
      { embedding: embedding!, labels, patient, ...options },
    );
  }

  /** A model measured on recordings that have labels; `datasetName` as in eval/datasets. */
  async evaluateZeroshot(call: ZeroshotAppCall): Promise<ZeroshotResult> {
    const [model, knowledge, labelBook] = await Promise.all([
      this.model(),
      this.knowledge(),
      this.labelBook(),
    ]);
    return runZeroshot({ ...model, knowledge, labelBook }, this.config, call);
  }

  /** The quality judge against experts' verdicts (src/evaluate/quality.ts). */
  evaluateQuality(call: QualityAppCall): Promise<QualityResult> {
    return runQuality((source, options) => this.readEcg(source, options), call);
  }

  async archiveStatus(folder: string): Promise<ArchiveStatus> {
    return (await this.archives.openAny(folder)).status();
  }

  async verifyArchive(folder: string): Promise<VerifyResult> {
    return (await this.archives.openAny(folder)).verify();
  }

  /** A new search index, quality where it is missing; with `reembed` also new vectors of the configured model. */
  async rebuildArchive(
    folder: string,
    { reembed, ...options }: WorkOptions & { reembed: boolean },
  ): Promise<ArchiveStatus & { failed: readonly FailedRecord[] }> {
    const archive = await this.archives.openAny(folder);
    const failed = reembed
      ? (await archive.reembed((await this.model()).ecgEncoder, options)).failed
      : [];
    judgeMissing(archive, (record) => judgeRecording(record).quality, options);
    await archive.rebuildIndex(options);
    return { ...(await archive.status()), failed };
  }

  /** Serves an archive on loopback until `close`. */
  async serve(archiveFolder: string): Promise<Listening> {
    const { host, port, logLevel, webFolder } = this.config;
    const log = pino({ level: logLevel, base: null }, pino.destination(2));
    const service = await this.openService(archiveFolder);
    return listen(buildServer({ service, log, webFolder }), { host, port });
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.opened.splice(0).map((part) => part.close()));
  }
}

export function createApp(config: Config): App {
  return new App(config);
}

function llmOf(config: Config): LlmClient | undefined {
  const { llmUrl: url, llmModel: model, llmKey: key, llmCallCount, llmTokenCount } = config;
  if (url === undefined || model === undefined) return undefined;
  const budget = new LlmBudget({ callCount: llmCallCount, tokenCount: llmTokenCount });
  return openAiClient({ url, model, budget, ...(key !== undefined && { key }) });
}

function inspected(record: EcgRecord): EcgRecord {
  const { quality, warnings } = judgeRecording(record);
  return Object.freeze({ ...withWarnings(record, warnings), quality });
}

function isSamplePath(path: string, { sampleFolder }: Config): boolean {
  return resolve(path).startsWith(`${resolve(sampleFolder)}${sep}`);
}
