/** Scoring a whole archive into a file; own labels remember that they were scored. */
import type { WorkOptions } from '../archive/ports.js';
import { textsHash } from '../zeroshot/own-label.js';
import { type ArchiveScoreParts, ArchiveScores } from './archive-scores.js';
import { type ScoresWritten, scoresFormat, writeScores } from './scores-file.js';

export interface ScoreArchiveCall {
  readonly labels: 'default' | readonly string[];
  readonly prompts: string;
  /** `.csv` or `.jsonl` */
  readonly out: string;
}

export interface ScoreArchiveResult extends ScoresWritten {
  readonly labels: readonly string[];
}

export async function scoreArchive(
  parts: ArchiveScoreParts,
  { labels, prompts, out }: ScoreArchiveCall,
  options: WorkOptions,
): Promise<ScoreArchiveResult> {
  scoresFormat(out); // before the work, not after it
  const { labelBook, archive } = parts;
  const defined = await labelBook.define(labels, prompts, options.signal);
  const scores = await ArchiveScores.of(parts, defined, options.signal);
  const keys = defined.map((label) => labelBook.keyOf(label));
  const state = JSON.stringify([
    archive.model.hash,
    defined.map(({ prompts: texts, own }, at) => [
      keys[at],
      textsHash(texts),
      own && [own.version, own.calibration?.date ?? null],
    ]),
  ]);
  const run = { scores, labelCount: defined.length, path: out, state };
  const written = await writeScores(run, options);
  for (const { own, prompts: texts } of defined) {
    if (own === undefined) continue;
    await labelBook.own?.noteScoring(own.key, {
      out,
      date: new Date().toISOString(),
      version: own.version,
      texts: textsHash(texts),
      model: archive.model.hash,
      ecgCount: written.ecgCount,
    });
  }
  return { ...written, labels: keys };
}
