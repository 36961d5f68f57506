/**
 * Recordings to rhythm vectors (one a window), beat vectors (one a detected QRS) and token vectors (one a
 * time cell), the windows of all recordings in batches. Runs in the worker thread of the runtime (session-worker.ts), signal processing
 * included: the main thread reads and writes recordings meanwhile.
 */
import { PqrError } from '../ecg/errors.js';
import type { EcgRecord } from '../ecg/record.js';
import { type EcgWindow, type PreparedEcg, prepareEcg } from './ecg-input.js';
import type { Manifest } from './manifest.js';
import type { AttentionMap, EcgEmbedding, LevelVectors } from './ports.js';
import type { FloatTensor, InputTensor } from './tensor.js';

const BATCH_WINDOW_COUNT = 16;

/** A window on its way through the graph: where it belongs, and where its vectors go. */
interface Slot {
  readonly prepared: PreparedEcg;
  readonly window: EcgWindow;
  readonly windowIndex: number;
  readonly target: Target;
}

interface Target {
  readonly rhythm: Float32Array;
  readonly beat: Float32Array;
  /** `[windows x cells x dim]` and `[windows x cells]`, empty where the model has none. */
  readonly token: Float32Array;
  readonly attention: Float32Array;
  /** Which window each beat went to, -1 for none. */
  readonly beatWindows: Int32Array;
}

/** The parts of the graph that say how recordings become vectors. */
export type EcgGraph = Pick<Manifest, 'ecg' | 'levels'>;

/** Runs the ECG graph on one batch. */
export type RunGraph = (
  inputs: Record<string, InputTensor>,
  outputs: readonly string[],
) => Promise<Record<string, FloatTensor>>;

/** @throws `signal.unusable` where a recording has none of the model's leads */
export async function embedRecords(
  records: readonly EcgRecord[],
  graph: EcgGraph,
  run: RunGraph,
): Promise<EcgEmbedding[]> {
  const finished: (() => EcgEmbedding)[] = [];
  const waiting: Slot[] = [];
  for (const record of records) {
    const prepared = prepareEcg(record, graph.ecg, graph.levels.beat?.span);
    const target = makeTarget(prepared, graph);
    finished.push(() => collect(record, { prepared, target, graph }));
    for (const [windowIndex, window] of prepared.windows.entries()) {
      waiting.push({ prepared, window, windowIndex, target });
      if (waiting.length === BATCH_WINDOW_COUNT) await runBatch(run, graph, waiting.splice(0));
    }
  }
  if (waiting.length > 0) await runBatch(run, graph, waiting);
  return finished.map((finish) => finish());
}

function makeTarget(prepared: PreparedEcg, graph: EcgGraph): Target {
  const beatCount = prepared.beatSpans.length / 2;
  const { rhythm, beat, token } = graph.levels;
  const windowCount = prepared.windows.length;
  return {
    rhythm: new Float32Array(windowCount * rhythm.dim),
    beat: new Float32Array(beatCount * (beat?.dim ?? 0)),
    token: new Float32Array(windowCount * cellCount(graph, token?.cellSamples) * (token?.dim ?? 0)),
    attention: new Float32Array(windowCount * cellCount(graph, attentionCell(graph))),
    beatWindows: new Int32Array(beatCount).fill(-1),
  };
}

/** Samples of an attention cell; undefined where the model gives no attention. */
function attentionCell({ levels }: EcgGraph): number | undefined {
  return levels.rhythm.attention === undefined ? undefined : levels.rhythm.attentionCellSamples;
}

/** Cells that cover a window; the last one may be shorter. */
function cellCount({ ecg }: EcgGraph, cellSamples: number | undefined): number {
  return cellSamples === undefined ? 0 : Math.ceil(ecg.sampleCount / cellSamples);
}

async function runBatch(run: RunGraph, graph: EcgGraph, slots: readonly Slot[]): Promise<void> {
  const { ecg, levels } = graph;
  const beatCount = Math.max(1, ...slots.map((slot) => slot.window.beatOrdinals.length));
  const wanted = [levels.rhythm.output, levels.beat?.output, levels.token?.output];
  if (attentionCell(graph) !== undefined) wanted.push(levels.rhythm.attention);
  const outputs = await run(
    {
      [ecg.inputs.ecg]: stack(
        slots,
        [ecg.leads.length, ecg.sampleCount],
        (slot) => slot.window.samples,
      ),
      [ecg.inputs.leadMask]: stack(slots, [ecg.leads.length], (slot) => slot.prepared.leadMask),
      [ecg.inputs.beatSpans]: stack(slots, [beatCount, 2], (slot) => slot.window.beatSpans),
    },
    wanted.filter((name) => name !== undefined),
  );
  scatterWindows(slots, outputs[levels.rhythm.output]!, 'rhythm');
  if (levels.beat)
    scatterBeats(slots, outputs[levels.beat.output]!.values, { beatCount, dim: levels.beat.dim });
  if (levels.token) scatterWindows(slots, outputs[levels.token.output]!, 'token');
  if (attentionCell(graph) !== undefined)
    scatterWindows(slots, outputs[levels.rhythm.attention!]!, 'attention');
}

/** What a window gives as a whole goes to its place in the recording; surplus cells are dropped. */
function scatterWindows(
  slots: readonly Slot[],
  { values }: FloatTensor,
  part: 'rhythm' | 'token' | 'attention',
): void {
  const given = values.length / slots.length;
  for (const [row, { target, prepared, windowIndex }] of slots.entries()) {
    const kept = target[part].length / prepared.windows.length;
    if (given < kept) {
      throw new PqrError(
        'model.input',
        `output ${part} has ${given} numbers a window, not ${kept}.`,
      );
    }
    target[part].set(values.subarray(row * given, row * given + kept), windowIndex * kept);
  }
}

/** Stacks one array a slot into `[slots x shape]`; a shorter array leaves zeros. */
function stack(
  slots: readonly Slot[],
  shape: readonly number[],
  pick: (slot: Slot) => Float32Array,
): FloatTensor {
  const size = shape.reduce((product, length) => product * length, 1);
  const values = new Float32Array(slots.length * size);
  slots.forEach((slot, row) => {
    values.set(pick(slot), row * size);
  });
  return { type: 'float32', shape: [slots.length, ...shape], values };
}

function scatterBeats(
  slots: readonly Slot[],
  values: Float32Array,
  size: { beatCount: number; dim: number },
): void {
  const { beatCount, dim } = size;
  slots.forEach(({ target, window, windowIndex }, row) => {
    window.beatOrdinals.forEach((ordinal, column) => {
      const offset = (row * beatCount + column) * dim;
      target.beat.set(values.subarray(offset, offset + dim), ordinal * dim);
      target.beatWindows[ordinal] = windowIndex;
    });
  });
}

function collect(
  record: EcgRecord,
  parts: { prepared: PreparedEcg; target: Target; graph: EcgGraph },
): EcgEmbedding {
  const { prepared, graph } = parts;
  const levels = [rhythmVectors(record, parts)];
  if (graph.levels.beat) levels.push(beatVectors(record, parts));
  if (graph.levels.token) levels.push(tokenVectors(record, parts));
  const attention = attentionMap(record, parts);
  return { levels, rPeakSamples: prepared.rPeakSamples, ...(attention && { attention }) };
}

/** Where each time cell of each window lies in the recording; cells past its end have no length. */
function cellSpans(record: EcgRecord, { prepared, graph }: Parts, cellSamples: number) {
  const toOwnRate = record.samplingRateHz / graph.ecg.samplingRateHz;
  const cells = cellCount(graph, cellSamples);
  const count = prepared.windows.length * cells;
  const spans = {
    cells,
    windows: new Int32Array(count),
    startSamples: new Int32Array(count),
    endSamples: new Int32Array(count),
  };
  const place = (sample: number) => Math.min(record.sampleCount, Math.round(sample * toOwnRate));
  prepared.windows.forEach(({ startSample }, window) => {
    for (let cell = 0; cell < cells; cell += 1) {
      const row = window * cells + cell;
      const end = Math.min((cell + 1) * cellSamples, graph.ecg.sampleCount);
      spans.windows[row] = window;
      spans.startSamples[row] = place(startSample + cell * cellSamples);
      spans.endSamples[row] = place(startSample + end);
    }
  });
  return spans;
}

/** One vector a time cell; a cell without a signal (a zero vector, or past the end) is left out. */
function tokenVectors(record: EcgRecord, parts: Parts): LevelVectors {
  const { dim, cellSamples } = parts.graph.levels.token!;
  const { token } = parts.target;
  const spans = cellSpans(record, parts, cellSamples);
  const kept = [...spans.windows.keys()].filter(
    (row) =>
      spans.endSamples[row] > spans.startSamples[row] &&
      token.subarray(row * dim, (row + 1) * dim).some((value) => value !== 0),
  );
  const vectors = new Float32Array(kept.length * dim);
  kept.forEach((row, place) => {
    vectors.set(token.subarray(row * dim, (row + 1) * dim), place * dim);
  });
  return {
    level: 'token',
    dim,
    count: kept.length,
    vectors,
    windows: Int32Array.from(kept, (row) => spans.windows[row]),
    ordinals: Int32Array.from(kept),
    startSamples: Int32Array.from(kept, (row) => spans.startSamples[row]),
    endSamples: Int32Array.from(kept, (row) => spans.endSamples[row]),
  };
}

function attentionMap(record: EcgRecord, parts: Parts): AttentionMap | undefined {
  const cellSamples = attentionCell(parts.graph);
  if (cellSamples === undefined) return undefined;
  const { windows, startSamples, endSamples } = cellSpans(record, parts, cellSamples);
  return {
    count: windows.length,
    windows,
    startSamples,
    endSamples,
    weights: parts.target.attention,
  };
}

type Parts = { prepared: PreparedEcg; target: Target; graph: EcgGraph };

function rhythmVectors(record: EcgRecord, { prepared, target, graph }: Parts): LevelVectors {
  const { ecg, levels } = graph;
  const toOwnRate = record.samplingRateHz / ecg.samplingRateHz;
  const starts = Int32Array.from(prepared.windows, (window) =>
    Math.round(window.startSample * toOwnRate),
  );
  const spanSamples = Math.round(ecg.sampleCount * toOwnRate);
  return {
    level: 'rhythm',
    dim: levels.rhythm.dim,
    count: prepared.windows.length,
    vectors: target.rhythm,
    windows: Int32Array.from(prepared.windows.keys()),
    ordinals: Int32Array.from(prepared.windows.keys()),
    startSamples: starts,
    endSamples: starts.map((start) => Math.min(record.sampleCount, start + spanSamples)),
  };
}

function beatVectors(record: EcgRecord, { prepared, target, graph }: Parts): LevelVectors {
  const dim = graph.levels.beat!.dim;
  const kept = [...target.beatWindows.keys()].filter((beat) => target.beatWindows[beat]! >= 0);
  const vectors = new Float32Array(kept.length * dim);
  kept.forEach((beat, row) => {
    vectors.set(target.beat.subarray(beat * dim, (beat + 1) * dim), row * dim);
  });
  const clamp = (sample: number) => Math.max(0, Math.min(record.sampleCount, Math.round(sample)));
  return {
    level: 'beat',
    dim,
    count: kept.length,
    vectors,
    windows: Int32Array.from(kept, (beat) => target.beatWindows[beat]!),
    ordinals: Int32Array.from(kept),
    startSamples: Int32Array.from(kept, (beat) => clamp(prepared.beatSpans[beat * 2]!)),
    endSamples: Int32Array.from(kept, (beat) => clamp(prepared.beatSpans[beat * 2 + 1]!)),
  };
}
