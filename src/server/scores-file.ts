/**
 * The scores of a whole archive as a file, CSV (a row a recording and label) or JSON lines (a line a
 * recording). It grows as `OUT.part` with `OUT.part.json` beside it, which says what is being scored: stopped
 * half-way, the same call goes on behind the last whole recording; at the end the file gets its name.
 */
import { createReadStream } from 'node:fs';
import { open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { WorkOptions } from '../archive/ports.js';
import { ProgressMeter } from '../archive/progress.js';
import { PqrError, throwIfAborted } from '../ecg/errors.js';
import { digest } from '../zeroshot/prompt-cache.js';
import type { ArchiveLabelScore, ArchiveRow, ArchiveScores } from './archive-scores.js';

export type ScoresFormat = 'csv' | 'jsonl';

/** Recordings between two looks at the signal. */
const BATCH_COUNT = 64;
const COLUMNS = [
  ...['ecgId', 'record', 'label', 'version', 'score', 'percentile', 'probability'],
  ...['decision', 'calibration', 'vetoed', 'supportedBy'],
] as const;

/** By the name's end. @throws `usage.invalid` */
export function scoresFormat(path: string): ScoresFormat {
  const end = extname(path).toLowerCase();
  if (end === '.csv') return 'csv';
  if (end === '.jsonl' || end === '.ndjson') return 'jsonl';
  throw new PqrError(
    'usage.invalid',
    `--out is '${path}'; a name ending in .csv or .jsonl is needed.`,
  );
}

export interface ScoresRun {
  readonly scores: ArchiveScores;
  readonly labelCount: number;
  readonly path: string;
  /** Everything that the scores follow from: only the same text is gone on with. */
  readonly state: string;
}

export interface ScoresWritten {
  readonly path: string;
  readonly ecgCount: number;
  /** Recordings that an earlier, stopped run had written. */
  readonly resumedCount: number;
}

/** @throws `file.unwritable`, `request.aborted` (what is written stays for the next call) */
export async function writeScores(
  { scores, labelCount, path, state }: ScoresRun,
  { signal, onProgress }: WorkOptions,
): Promise<ScoresWritten> {
  const format = scoresFormat(path);
  const part = `${path}.part`;
  const known = digest(JSON.stringify([state, format, scores.ids]));
  const linesEach = format === 'csv' ? labelCount : 1;
  const headLines = format === 'csv' ? 1 : 0;
  const isSame = (await readState(`${part}.json`)) === known;
  const done = isSame ? await wholeRecordings(part, linesEach, headLines) : undefined;
  const resumed = done?.ecgCount ?? 0;
  const file = await open(part, done ? 'r+' : 'w').catch(unwritable(path));
  try {
    if (done) await file.truncate(done.bytes);
    else {
      await writeFile(`${part}.json`, JSON.stringify({ state: known })).catch(unwritable(path));
      if (format === 'csv') await file.write(`${COLUMNS.join(',')}\n`, 0);
    }
    let at = (await file.stat()).size;
    const meter = new ProgressMeter(onProgress);
    for (let place = resumed; place < scores.ids.length; place += BATCH_COUNT) {
      throwIfAborted(signal);
      const end = Math.min(scores.ids.length, place + BATCH_COUNT);
      const text = await batchText(scores, { place, end, format, labelCount });
      const { bytesWritten } = await file.write(text, at).catch(unwritable(path));
      at += bytesWritten;
      meter.update(end, scores.ids.length);
      await new Promise((next) => setImmediate(next)); // an abort is heard between batches
    }
  } finally {
    await file.close();
  }
  await rename(part, path).catch(unwritable(path));
  await rm(`${part}.json`, { force: true });
  return { path, ecgCount: scores.ids.length, resumedCount: resumed };
}

interface Batch {
  readonly place: number;
  readonly end: number;
  readonly format: ScoresFormat;
  readonly labelCount: number;
}

async function batchText(
  scores: ArchiveScores,
  { place, end, format, labelCount }: Batch,
): Promise<string> {
  let text = '';
  for (let at = place; at < end; at += 1) {
    const row = (await scores.row(at)) ?? { ecgId: scores.ids[at]! };
    text += format === 'csv' ? csvText(row, labelCount) : `${JSON.stringify(jsonRow(row))}\n`;
  }
  return text;
}

/** Where a recording was removed while the file was written, its lines say so by being empty. */
type Row = ArchiveRow | { readonly ecgId: string };

function jsonRow(row: Row) {
  if (!('ecg' in row)) return { ecgId: row.ecgId, record: null, labels: [] };
  const { ecgId, record } = row.ecg;
  return { ecgId, record, labels: row.labels.map(rounded) };
}

function rounded(score: ArchiveLabelScore) {
  const cut = (value: number | null, digits: number) =>
    value === null ? null : Number(value.toFixed(digits));
  return {
    ...score,
    score: cut(score.score, 6),
    percentile: cut(score.percentile, 3),
    probability: cut(score.probability, 4),
  };
}

function csvText(row: Row, labelCount: number): string {
  if (!('ecg' in row)) {
    const empty = [row.ecgId, ...COLUMNS.slice(1).map(() => '')].join(',');
    return `${empty}\n`.repeat(labelCount);
  }
  const { ecgId, record } = row.ecg;
  return row.labels
    .map((label) => {
      const { key, version, decision, calibration, vetoed, supportedBy } = label;
      const { score, percentile, probability } = rounded(label);
      const told = (checks: readonly { message: string }[]) =>
        checks.map(({ message }) => message).join(' | ');
      const cells = [
        ...[ecgId, record, key, version, score, percentile, probability],
        ...[decision, calibration, told(vetoed), told(supportedBy)],
      ];
      return `${cells.map(csvCell).join(',')}\n`;
    })
    .join('');
}

/** One line a row: control characters in a path must not break it. */
function csvCell(value: string | number | null): string {
  if (value === null) return '';
  const text = String(value).replace(/\p{Cc}/gu, '\ufffd');
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

async function readState(path: string): Promise<string | undefined> {
  try {
    return (JSON.parse(await readFile(path, 'utf8')) as { state?: string }).state;
  } catch {
    return undefined; // none, or broken: the file is begun anew
  }
}

/** How many recordings stand whole in a file, and where the last of them ends. */
async function wholeRecordings(
  path: string,
  linesEach: number,
  headLines: number,
): Promise<{ ecgCount: number; bytes: number } | undefined> {
  let [lines, position] = [0, 0];
  let whole: { ecgCount: number; bytes: number } | undefined;
  try {
    for await (const chunk of createReadStream(path)) {
      const bytes = chunk as Buffer;
      for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
        lines += 1;
        const records = (lines - headLines) / linesEach;
        if (records < 0 || !Number.isInteger(records)) continue;
        whole = { ecgCount: records, bytes: position + at + 1 };
      }
      position += bytes.length;
    }
  } catch {
    return undefined;
  }
  return whole;
}

function unwritable(path: string): (cause: unknown) => never {
  return (cause) => {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOSPC') {
      throw new PqrError('archive.full', `No space is left to write ${path}.`, {
        hint: 'Free some space and run the same command again: what is written is kept.',
        cause,
      });
    }
    throw new PqrError('file.unwritable', `${path} could not be written.`, { cause });
  };
}
