/** A recording in the model's own words, with what must be said beside them. */
import { PqrError } from '../ecg/errors.js';
import type { EcgWarning } from '../ecg/record.js';
import type { Caption, Captioner, LevelVectors } from '../encoders/ports.js';

export const CAPTION_NOTICE =
  "The model's own words: made by a decoder, checked by nobody. No finding, and no evidence of one.";

/** A shorter window shows one or two beats: the decoder was trained on ten seconds. */
const SHORTEST_SECONDS = 2;

export interface CaptionCall {
  /** 1 (greedy) to 8 hypotheses side by side. */
  readonly beamWidth?: number;
  /** Also: how likely this text is for the recording. */
  readonly text?: string;
  /** The first window to caption, from 0, and how many from there; without them all. */
  readonly firstWindow?: number;
  readonly windowCount?: number;
  readonly signal?: AbortSignal;
}

export interface TimedCaption extends Caption {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

export interface CaptionAnswer {
  readonly captions: readonly TimedCaption[];
  /** How many windows the recording has. */
  readonly windowCount: number;
  /** Of `text`: natural logarithm, in the window where it is most likely. */
  readonly logLikelihood?: number;
  readonly notice: string;
  /** What makes these captions worth less; empty as a rule. */
  readonly warnings: readonly EcgWarning[];
}

/** @throws `model.feature`, `usage.invalid`, `query.empty` */
export async function captionEcg(
  captioner: Captioner,
  ecg: { readonly levels: readonly LevelVectors[]; readonly samplingRateHz: number },
  call: CaptionCall,
): Promise<CaptionAnswer> {
  const options = call.signal ? { signal: call.signal } : {};
  if (call.text !== undefined && call.text.trim() === '') {
    throw new PqrError('query.empty', 'The text whose likelihood is asked for is empty.');
  }
  const rhythm = ecg.levels.find(({ level }) => level === 'rhythm');
  const total = rhythm?.count ?? 0;
  const first = call.firstWindow ?? 0;
  if (first > 0 && first >= total) {
    throw new PqrError(
      'usage.invalid',
      `Window ${first} does not exist: the recording has ${total} windows, counted from 0.`,
    );
  }
  const some = windowsFrom(ecg.levels, first, call.windowCount ?? total);
  const beam = call.beamWidth === undefined ? {} : { beamWidth: call.beamWidth };
  const captions = (await captioner.caption(some, { ...options, ...beam })).map((caption) => {
    const window = first + caption.window;
    return {
      ...{ ...caption, window },
      startSeconds: rhythm!.startSamples[window]! / ecg.samplingRateHz,
      endSeconds: rhythm!.endSamples[window]! / ecg.samplingRateHz,
    };
  });
  const warnings = shortness(captions);
  const answer = { captions, windowCount: total, notice: CAPTION_NOTICE, warnings };
  if (call.text === undefined) return answer;
  const [logLikelihood] = await captioner.logLikelihood(ecg.levels, [call.text], options);
  return { ...answer, logLikelihood: logLikelihood! };
}

function shortness(captions: readonly TimedCaption[]): EcgWarning[] {
  const seconds = Math.min(...captions.map((one) => one.endSeconds - one.startSeconds));
  if (seconds >= SHORTEST_SECONDS) return [];
  const shown = Math.round(seconds * 100) / 100;
  return [
    {
      code: 'caption.short',
      message: `The recording has ${shown} s; below ${SHORTEST_SECONDS} s a caption says what the decoder says of most recordings, not what this one shows.`,
    },
  ];
}

/** The rows of `count` windows, which are numbered from 0 again. */
function windowsFrom(
  levels: readonly LevelVectors[],
  first: number,
  count: number,
): readonly LevelVectors[] {
  if (first === 0 && levels.every(({ windows }) => windows.every((one) => one < count)))
    return levels;
  return levels.map((level) => {
    const { dim, windows } = level;
    const rows = [...windows.keys()].filter(
      (row) => windows[row]! >= first && windows[row]! < first + count,
    );
    const column = (values: Int32Array) => Int32Array.from(rows, (row) => values[row]!);
    const vectors = new Float32Array(rows.length * dim);
    for (const [place, row] of rows.entries()) {
      vectors.set(level.vectors.subarray(row * dim, (row + 1) * dim), place * dim);
    }
    return {
      ...{ level: level.level, dim, count: rows.length, vectors },
      windows: Int32Array.from(rows, (row) => windows[row]! - first),
      ordinals: column(level.ordinals),
      startSamples: column(level.startSamples),
      endSamples: column(level.endSamples),
    };
  });
}
