/**
 * Recordings to vectors: the rhythm of each window, detected beats, time cells or learned queries, as the
 * manifest says; the windows of all recordings in batches. Runs in the worker thread of the runtime
 * (session-worker.ts), signal processing included: the main thread reads and writes recordings meanwhile.
 */
import { PqrError } from '../ecg/errors.js';
import type { EcgRecord } from '../ecg/record.js';
import { type EcgWindow, type PreparedEcg, prepareEcg } from './ecg-input.js';
import {
  collect,
  type EcgGraph,
  makeTarget,
  type Target,
  type WindowOutput,
  windowOutputs,
} from './level-vectors.js';
import type { EcgEmbedding } from './ports.js';
import type { FloatTensor, InputTensor } from './tensor.js';

const BATCH_WINDOW_COUNT = 16;

/** A window on its way through the graph: where it belongs, and where its vectors go. */
interface Slot {
  readonly prepared: PreparedEcg;
  readonly window: EcgWindow;
  readonly windowIndex: number;
  readonly target: Target;
}

/** Runs the ECG graph on one batch. */
export type RunGraph = (
  inputs: Record<string, InputTensor>,
  outputs: readonly string[],
) => Promise<Record<string, FloatTensor>>;

/**
 * One embedding a recording, in their order.
 * @throws `signal.unusable` where a recording has none of the model's leads; `model.input` where the graph
 *   gives other sizes than the manifest says
 */
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

async function runBatch(run: RunGraph, graph: EcgGraph, slots: readonly Slot[]): Promise<void> {
  const { beat } = graph.levels;
  const beatCount = Math.max(1, ...slots.map((slot) => slot.window.beatOrdinals.length));
  const wanted = windowOutputs(graph);
  const names = wanted.map(({ output }) => output);
  const outputs = await run(
    graphInputs(graph, slots, beatCount),
    beat ? [...names, beat.output] : names,
  );
  for (const one of wanted) scatterWindows(slots, outputs[one.output]!, one);
  if (beat) scatterBeats(slots, outputs[beat.output]!.values, { beatCount, dim: beat.dim });
}

/** The inputs that the manifest names. */
function graphInputs(
  { ecg }: EcgGraph,
  slots: readonly Slot[],
  beatCount: number,
): Record<string, InputTensor> {
  const { inputs, leads, sampleCount } = ecg;
  const tensors: Record<string, InputTensor> = {
    [inputs.ecg]: stack(slots, [leads.length, sampleCount], (slot) => slot.window.samples),
  };
  if (inputs.leadMask !== undefined) {
    tensors[inputs.leadMask] = stack(slots, [leads.length], (slot) => slot.prepared.leadMask);
  }
  if (inputs.beatSpans !== undefined) {
    tensors[inputs.beatSpans] = stack(slots, [beatCount, 2], (slot) => slot.window.beatSpans);
  }
  return tensors;
}

/**
 * What a window gives as a whole goes to its place in the recording. A graph may give a time cell more than
 * cover the window, which is dropped; of queries it gives as many as the manifest says.
 */
function scatterWindows(
  slots: readonly Slot[],
  { values }: FloatTensor,
  { part, rowCount, dim, cellSamples }: WindowOutput,
): void {
  const given = values.length / slots.length;
  const kept = rowCount * dim;
  if (cellSamples === undefined ? given !== kept : given < kept) {
    throw new PqrError(
      'model.input',
      `Output ${part} has ${given} numbers a window; the manifest says ${rowCount} x ${dim}.`,
      { hint: 'Export the model again: its manifest does not describe its graph.' },
    );
  }
  for (const [row, { target, windowIndex }] of slots.entries()) {
    const source = values.subarray(row * given, row * given + kept);
    target.windows.get(part)!.set(source, windowIndex * kept);
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
