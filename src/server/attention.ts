/**
 * Where the rhythm vector of a recording looked, computed from its samples when it is asked for and kept for a
 * while; an archive stores vectors, not maps. Weights are the model's own: what it looked at explains a match
 * no further than that.
 */
import { PqrError } from '../ecg/errors.js';
import type { EcgRecord } from '../ecg/record.js';
import type { AttentionMap, EcgEncoder } from '../encoders/ports.js';
import type { PlotShade } from '../plot/options.js';

const KEPT_COUNT = 32;

/** One window of the recording and its time cells; the weights of a window sum to 1. */
export interface AttentionWindow {
  readonly window: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly cells: readonly {
    readonly startSeconds: number;
    readonly endSeconds: number;
    readonly weight: number;
  }[];
}

export class AttentionReader {
  private readonly encoder: EcgEncoder;
  private readonly kept = new Map<string, Promise<AttentionMap | undefined>>();

  constructor(encoder: EcgEncoder) {
    this.encoder = encoder;
  }

  /**
   * The windows of a recording, in the order of time; `id` names its samples.
   * @throws `model.feature` where the model gives no attention map
   */
  async windows(id: string, record: EcgRecord): Promise<AttentionWindow[]> {
    const map = await this.map(id, record);
    if (!map) throw lacksAttention(this.encoder.model.name);
    return windowsOf(map, record.samplingRateHz);
  }

  private map(id: string, record: EcgRecord): Promise<AttentionMap | undefined> {
    const known = this.kept.get(id);
    const map = known ?? this.encoder.embed([record]).then(([embedding]) => embedding!.attention);
    this.kept.delete(id); // put last again: the one not asked for longest goes first
    this.kept.set(id, map);
    if (this.kept.size > KEPT_COUNT) this.kept.delete(this.kept.keys().next().value!);
    map.catch(() => this.kept.delete(id));
    return map;
  }
}

export function lacksAttention(modelName: string): PqrError {
  return new PqrError(
    'model.feature',
    `Model ${modelName} gives no attention map: where it looked cannot be shown.`,
    { hint: 'Choose another model with --model; `pqrsearch models list` says what each can do.' },
  );
}

function windowsOf(map: AttentionMap, samplingRateHz: number): AttentionWindow[] {
  const windows = new Map<number, AttentionWindow['cells'][number][]>();
  for (let row = 0; row < map.count; row += 1) {
    const startSeconds = map.startSamples[row]! / samplingRateHz;
    const endSeconds = map.endSamples[row]! / samplingRateHz;
    if (endSeconds <= startSeconds) continue; // past the end of the recording
    const cells = windows.get(map.windows[row]!) ?? [];
    cells.push({ startSeconds, endSeconds, weight: map.weights[row]! });
    windows.set(map.windows[row]!, cells);
  }
  return [...windows].map(([window, cells]) => ({
    window,
    startSeconds: cells[0]!.startSeconds,
    endSeconds: cells.at(-1)!.endSeconds,
    cells,
  }));
}

/**
 * The windows as one strip for a plot: of two that overlap, each shows up to the middle of what they share.
 * A share of 1 is what every cell of a window would have if the model looked everywhere alike.
 */
export function shadesOf(windows: readonly AttentionWindow[]): PlotShade[] {
  return windows.flatMap(({ cells, ...window }, index) => {
    const [before, after] = [windows[index - 1], windows[index + 1]];
    const from = before ? (before.endSeconds + window.startSeconds) / 2 : window.startSeconds;
    const to = after ? (window.endSeconds + after.startSeconds) / 2 : window.endSeconds;
    return cells.flatMap(({ weight, ...cell }) => {
      const startSeconds = Math.max(cell.startSeconds, from);
      const endSeconds = Math.min(cell.endSeconds, to);
      return endSeconds > startSeconds
        ? [{ startSeconds, endSeconds, share: weight * cells.length }]
        : [];
    });
  });
}
