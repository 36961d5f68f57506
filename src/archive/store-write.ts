/**
 * Writing recordings: each one with its path, waveform, report, codes and vectors in one transaction, so a
 * crash leaves it whole or absent. The caller opens the transaction (`writeTransaction`).
 */
import { assert, PqrError } from '../ecg/errors.js';
import type { EcgRecord } from '../ecg/record.js';
import type { EcgEmbedding, ModelIdentity } from '../encoders/ports.js';
import {
  canonicalFields,
  checkReport,
  type EcgFields,
  hashFields,
  overlay,
  ownFields,
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
    const { file, ecgId, metadata } = item;
    const before = this.store.path(file.path);
    let ecgKey = this.store.keyOf(ecgId);
    let changed = false;
    if (ecgKey === undefined) ecgKey = this.insertEcg(item);
    else changed = this.updateFields(ecgKey, item, before?.ecg_key === ecgKey);
    if (item.embedding) this.putEmbedding(ecgKey, modelKey, item.embedding);
    this.statements.upsertPath.run({
      path: file.path,
      ecgKey,
      bytes: file.bytes,
      modified: file.modifiedMilliseconds,
      metadataHash: metadata ? hashFields(metadata) : (before?.metadata_hash ?? null),
    });
    if (!before) return 'indexed';
    if (before.ecg_key === ecgKey) return changed ? 'updated' : 'unchanged';
    this.removeIfUnreferenced(before.ecg_key);
    return 'updated';
  }

  /** Lays a changed metadata row over the recording of a path that is indexed. */
  applyMetadata(path: string, metadata: EcgFields): WriteOutcome {
    const row = this.store.path(path);
    assert(row, 'metadata is applied to an indexed path');
    const changed = this.setFields(row.ecg_key, this.ownOf(row.ecg_key), metadata);
    this.statements.setMetadataHash.run(hashFields(metadata), path);
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

  hasVectors(ecgKey: number, modelKey: number): boolean {
    return this.statements.hasVectors.get(ecgKey, modelKey) !== undefined;
  }

  /** Removes a recording with all its paths. */
  remove(ecgKey: number): void {
    this.statements.deletePaths.run(ecgKey);
    this.removeIfUnreferenced(ecgKey);
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

  private insertEcg(item: EcgToStore): number {
    const { ecgId, record, waveform, metadata = null } = item;
    assert(waveform && item.embedding, 'new content comes with its waveform and vectors');
    const own = ownFields(record, this.store.limits);
    const { lastInsertRowid } = this.statements.insertEcg.run({
      id: ecgId,
      format: record.format,
      leads: JSON.stringify(record.leads),
      rate: record.samplingRateHz,
      count: record.sampleCount,
      peaks: new Uint8Array(0),
      warnings: JSON.stringify(record.warnings),
      comments: JSON.stringify(record.comments),
      own: JSON.stringify(own),
      at: this.clock().toISOString(),
    });
    const ecgKey = Number(lastInsertRowid);
    const scale = new Uint8Array(waveform.scale.buffer);
    this.statements.insertWaveform.run(ecgKey, waveform.codec, scale, waveform.samples);
    this.setFields(ecgKey, own, metadata ?? undefined);
    return ecgKey;
  }

  /** A file with known content was read: its header or its metadata row may be new. */
  private updateFields(ecgKey: number, item: EcgToStore, samePath: boolean): boolean {
    const fresh = ownFields(item.record, this.store.limits);
    const pathCount = this.statements.pathCount.get(ecgKey)!;
    const known = this.ownOf(ecgKey);
    const own = samePath && pathCount === 1 ? fresh : overlay(fresh, known);
    return this.setFields(ecgKey, own, item.metadata);
  }

  private ownOf(ecgKey: number): EcgFields {
    return JSON.parse(this.statements.fieldsOf.get(ecgKey)!.own) as EcgFields;
  }

  /**
   * Sets what the file says and, where there is one, the metadata row; the row applied before stays
   * otherwise. True where anything that is shown or searched changed.
   */
  private setFields(ecgKey: number, own: EcgFields, metadata?: EcgFields): boolean {
    const row = this.statements.fieldsOf.get(ecgKey)!;
    const applied =
      metadata ?? (row.applied === null ? {} : (JSON.parse(row.applied) as EcgFields));
    const before = overlay(
      JSON.parse(row.own) as EcgFields,
      row.applied === null ? {} : (JSON.parse(row.applied) as EcgFields),
    );
    const fields = overlay(own, applied);
    checkReport(fields.report, this.store.limits);
    this.statements.setFields.run({
      key: ecgKey,
      patientId: fields.patientId ?? null,
      ageYears: fields.ageYears ?? null,
      sex: fields.sex ?? null,
      recordedAt: fields.recordedAt ?? null,
      own: JSON.stringify(own),
      applied: metadata ? JSON.stringify(metadata) : row.applied,
    });
    this.setReport(ecgKey, fields);
    this.setCodes(ecgKey, fields);
    return canonicalFields(before) !== canonicalFields(fields);
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

  private removeIfUnreferenced(ecgKey: number): void {
    if (this.statements.pathCount.get(ecgKey)! > 0) return;
    const { id } = this.statements.fieldsOf.get(ecgKey)!;
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
