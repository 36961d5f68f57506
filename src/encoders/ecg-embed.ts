/**
 * Recordings to rhythm vectors (one a window) and beat vectors (one a detected QRS), the windows of all
 * recordings in batches. Runs in the worker thread of the runtime (session-worker.ts), signal processing
 * included: the main thread reads and writes recordings meanwhile.
 */
import type { EcgRecord } from '../ecg/record.js';
import { type EcgWindow, type PreparedEcg, prepareEcg } from './ecg-input.js';
import type { Manifest } from './manifest.js';
import type { EcgEmbedding, LevelVectors } from './ports.js';
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
  return {
    rhythm: new Float32Array(prepared.windows.length * graph.levels.rhythm.dim),
    beat: new Float32Array(beatCount * (graph.levels.beat?.dim ?? 0)),
    beatWindows: new Int32Array(beatCount).fill(-1),
  };
}

async function runBatch(run: RunGraph, graph: EcgGraph, slots: readonly Slot[]): Promise<void> {
  const { ecg, levels } = graph;
  const beatCount = Math.max(1, ...slots.map((slot) => slot.window.beatOrdinals.length));
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
    levels.beat ? [levels.rhythm.output, levels.beat.output] : [levels.rhythm.output],
  );
  const rhythm = outputs[levels.rhythm.output]!.values;
  const { dim } = levels.rhythm;
  for (const [row, { target, windowIndex }] of slots.entries()) {
    target.rhythm.set(rhythm.subarray(row * dim, (row + 1) * dim), windowIndex * dim);
  }
  if (levels.beat)
    scatterBeats(slots, outputs[levels.beat.output]!.values, { beatCount, dim: levels.beat.dim });
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
  return { levels, rPeakSamples: prepared.rPeakSamples };
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
