/**
 * Writing recordings: each one with its path, waveform, report, codes and vectors in one transaction, so a
 * crash leaves it whole or absent. The caller opens the transaction (`writeTransaction`).
 */
import { assert, PqrError } from '../ecg/errors.js';
import type { EcgQuality } from '../ecg/quality.js';
import type { EcgRecord, EcgWarning } from '../ecg/record.js';
import type { EcgEmbedding, ModelIdentity } from '../encoders/ports.js';
import {
  canonicalFields,
  checkReport,
  type EcgFields,
  effectiveFields,
  hashFields,
  ownFields,
  type PathFields,
} from './fields.js';
import type { Store } from './store.js';
import { packVectors } from './vector-codec.js';
import type { PackedWaveform } from './waveform-codec.js';
import { prepareWriteStatements } from './write-statements.js';

/** A file as it was found: its path in the archive, and what shows that it did not change. */
export interface FileState {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedMilliseconds: number;
}

/** A recording that was read, to be stored. */
export interface EcgToStore {
  readonly file: FileState;
  readonly ecgId: string;
  readonly record: EcgRecord;
  /** Needed where the archive does not hold this content yet; so is `embedding`. */
  readonly waveform?: PackedWaveform;
  readonly embedding?: EcgEmbedding;
  /** The row of the user's table for this path. */
  readonly metadata?: EcgFields;
  /** What tells a changed row from this one, where it is not the row as stored. */
  readonly metadataHash?: string;
}

export type WriteOutcome = 'indexed' | 'updated' | 'unchanged';

export class StoreWriter {
  private readonly store: Store;
  private readonly clock: () => Date;
  private readonly statements;

  constructor(store: Store, clock: () => Date) {
    this.store = store;
    this.clock = clock;
    this.statements = prepareWriteStatements(store.database);
  }

  /** Stores a recording under its path; see `WriteOutcome` for what happened to the path. */
  put(item: EcgToStore, modelKey: number): WriteOutcome {
    const { file, ecgId } = item;
    const before = this.store.path(file.path);
    const known = this.store.keyOf(ecgId);
    const ecgKey = known ?? this.insertEcg(item);
    if (item.embedding) this.putEmbedding(ecgKey, modelKey, item.embedding);
    const moved = before !== undefined && before.ecg_key !== ecgKey;
    const changed = this.changeFields(ecgKey, () => this.setPath(item, ecgKey, moved));
    if (known !== undefined && (moved || !before)) this.warnOfConflict(ecgKey, file.path);
    if (moved) this.leavePath(before.ecg_key);
    if (!before) return 'indexed';
    return moved || changed ? 'updated' : 'unchanged';
  }

  /** Lays a changed metadata row over the recording of a path that is indexed. */
  applyMetadata(path: string, metadata: EcgFields): WriteOutcome {
    const row = this.store.path(path);
    assert(row, 'metadata is applied to an indexed path');
    const changed = this.changeFields(row.ecg_key, () => {
      this.statements.setApplied.run(JSON.stringify(metadata), hashFields(metadata), path);
    });
    return changed ? 'updated' : 'unchanged';
  }

  /** Adds the vectors of a model where they are missing. */
  putEmbedding(ecgKey: number, modelKey: number, embedding: EcgEmbedding): void {
    const model = this.modelOf(modelKey);
    for (const level of embedding.levels) {
      const dim = model.levels[level.level]?.dim;
      assert(dim !== undefined, `the model names its level ${level.level}`);
      const { level: name, ...packed } = packVectors(level, dim);
      this.statements.insertVectors.run({ ecgKey, modelKey, level: name, ...packed });
    }
    const peaks = Int32Array.from(embedding.rPeakSamples);
    this.statements.setPeaks.run(new Uint8Array(peaks.buffer), ecgKey);
  }

  /** What the judge says of a recording that was stored without it. */
  setQuality(ecgKey: number, quality: EcgQuality): void {
    const { score, acceptable } = quality;
    this.statements.setQuality.run(JSON.stringify(quality), score, Number(acceptable), ecgKey);
  }

  hasVectors(ecgKey: number, modelKey: number): boolean {
    return this.statements.hasVectors.get(ecgKey, modelKey) !== undefined;
  }

  /** Removes a recording with all its paths. */
  remove(ecgKey: number): void {
    this.statements.deletePaths.run(ecgKey);
    this.deleteEcg(ecgKey);
  }

  audit(action: string, subject: string | null, details: Record<string, unknown>): void {
    this.statements.audit.run(this.clock().toISOString(), action, subject, JSON.stringify(details));
  }

  setMeta(name: string, value: string): void {
    this.statements.setMeta.run(name, value);
  }

  /** The key of a model, which is added where it is new. */
  addModel({ name, version, hash, levels }: ModelIdentity): number {
    this.statements.addModel.run(name, version, hash, JSON.stringify(levels));
    return this.statements.modelKey.get(hash)!;
  }

  /** Makes `modelKey` the archive's model and drops every other model's vectors. */
  switchModel(modelKey: number): void {
    this.setMeta('model', String(modelKey));
    this.statements.dropOtherVectors.run(modelKey);
  }

  /** Recordings without vectors of this model, by key, from `afterKey` on. */
  keysWithoutVectors(modelKey: number, afterKey: number, count: number) {
    return this.statements.withoutVectors.all(afterKey, modelKey, count);
  }

  countWithoutVectors(modelKey: number): number {
    return this.statements.countWithoutVectors.get(modelKey)!;
  }

  private insertEcg({ ecgId, record, waveform, embedding }: EcgToStore): number {
    assert(waveform && embedding, 'new content comes with its waveform and vectors');
    const { lastInsertRowid } = this.statements.insertEcg.run({
      id: ecgId,
      format: record.format,
      leads: JSON.stringify(record.leads),
      rate: record.samplingRateHz,
      count: record.sampleCount,
      peaks: new Uint8Array(0),
      warnings: JSON.stringify(record.warnings),
      comments: JSON.stringify(record.comments),
      quality: record.quality ? JSON.stringify(record.quality) : null,
      score: record.quality?.score ?? null,
      acceptable: record.quality ? Number(record.quality.acceptable) : null,
      at: this.clock().toISOString(),
    });
    const ecgKey = Number(lastInsertRowid);
    const scale = new Uint8Array(waveform.scale.buffer);
    this.statements.insertWaveform.run(ecgKey, waveform.codec, scale, waveform.samples);
    return ecgKey;
  }

  /** The path, its fingerprint, and what it says; a metadata row that was applied before stays. */
  private setPath(
    { file, record, metadata, metadataHash }: EcgToStore,
    ecgKey: number,
    moved: boolean,
  ): void {
    const before = this.store.path(file.path);
    // A path with other content is a new path of that content: the order of paths is that of indexing.
    if (moved) this.statements.deletePath.run(file.path);
    this.statements.upsertPath.run({
      path: file.path,
      ecgKey,
      bytes: file.bytes,
      modified: file.modifiedMilliseconds,
      own: JSON.stringify(ownFields(record, this.store.limits)),
      applied: metadata ? JSON.stringify(metadata) : (before?.applied ?? null),
      appliedHash: metadata
        ? (metadataHash ?? hashFields(metadata))
        : (before?.applied_hash ?? null),
    });
  }

  /** Runs `change` on the paths of a recording; true where what is shown or searched changed by it. */
  private changeFields(ecgKey: number, change: () => void): boolean {
    const before = canonicalFields(this.fieldsOf(ecgKey));
    change();
    const fields = this.fieldsOf(ecgKey);
    if (canonicalFields(fields) === before) return false;
    this.writeFields(ecgKey, fields);
    return true;
  }

  private writeFields(ecgKey: number, fields: EcgFields): void {
    checkReport(fields.report, this.store.limits);
    this.statements.setFields.run({
      key: ecgKey,
      patientId: fields.patientId ?? null,
      ageYears: fields.ageYears ?? null,
      sex: fields.sex ?? null,
      recordedAt: fields.recordedAt ?? null,
    });
    this.setReport(ecgKey, fields);
    this.setCodes(ecgKey, fields);
  }

  private fieldsOf(ecgKey: number): EcgFields {
    return effectiveFields(this.pathFieldsOf(ecgKey));
  }

  private pathFieldsOf(ecgKey: number): PathFields[] {
    return this.statements.pathFields.all(ecgKey).map(({ own, applied }) => ({
      own: JSON.parse(own) as EcgFields,
      applied: applied === null ? {} : (JSON.parse(applied) as EcgFields),
    }));
  }

  /** One recording under two patients is worth a remark: the first path's patient is the one shown. */
  private warnOfConflict(ecgKey: number, path: string): void {
    const ids = this.pathFieldsOf(ecgKey).map((fields) => effectiveFields([fields]).patientId);
    const given = new Set(ids.filter((id) => id !== undefined));
    if (given.size < 2) return;
    const warning: EcgWarning = {
      code: 'metadata.conflict',
      message: `The same recording is indexed as ${path} with another patient id.`,
    };
    const known = JSON.parse(this.statements.warningsOf.get(ecgKey)!) as EcgWarning[];
    this.statements.setWarnings.run(JSON.stringify([...known, warning]), ecgKey);
  }

  /** A path of this recording has gone: with the last one the recording goes too. */
  private leavePath(ecgKey: number): void {
    if (this.statements.pathCount.get(ecgKey)! === 0) this.deleteEcg(ecgKey);
    else this.writeFields(ecgKey, this.fieldsOf(ecgKey));
  }

  private setReport(ecgKey: number, { report, reportLanguage }: EcgFields): void {
    if (report === undefined) this.statements.deleteReport.run(ecgKey);
    else this.statements.upsertReport.run(ecgKey, report, reportLanguage ?? null);
  }

  private setCodes(ecgKey: number, { codes = [], codeLikelihoods = {} }: EcgFields): void {
    this.statements.deleteCodes.run(ecgKey);
    for (const [position, code] of codes.entries()) {
      this.statements.insertCode.run(ecgKey, code, position, codeLikelihoods[code] ?? null);
    }
  }

  private deleteEcg(ecgKey: number): void {
    const id = this.statements.idOf.get(ecgKey)!;
    this.statements.deleteEcg.run(ecgKey);
    this.audit('ecg.removed', id, {});
  }

  private modelOf(modelKey: number): ModelIdentity {
    const levels = this.statements.modelLevels.get(modelKey);
    assert(levels !== undefined, 'vectors are written for a known model');
    return {
      name: '',
      version: '',
      hash: '',
      levels: JSON.parse(levels) as ModelIdentity['levels'],
    };
  }
}

/** Refuses to write vectors of a model that the archive is no longer of. */
export function checkCurrentModel(store: Store, modelKey: number): void {
  const current = store.model();
  if (current?.key === modelKey) return;
  throw new PqrError(
    'model.mismatch',
    `The archive was rebuilt with model ${current?.identity.name} while this process was using it.`,
    { hint: 'Start the command again.' },
  );
}
