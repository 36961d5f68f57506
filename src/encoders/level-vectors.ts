/** What the graph gave for the windows of one recording, as rows with their place in that recording. */
import type { EcgRecord } from '../ecg/record.js';
import type { EcgWindow, PreparedEcg } from './ecg-input.js';
import type { Manifest } from './manifest.js';
import type { AttentionMap, EcgEmbedding, Level, LevelVectors } from './ports.js';

/** The parts of the graph that say how recordings become vectors. */
export type EcgGraph = Pick<Manifest, 'ecg' | 'levels'>;

/** An output that the graph gives for a window as a whole, `[rowCount x dim]` a window. */
export interface WindowOutput {
  readonly part: 'rhythm' | 'beat-query' | 'token' | 'attention';
  readonly output: string;
  readonly rowCount: number;
  readonly dim: number;
  /** Samples of a time cell; absent where a row looks at the whole window. */
  readonly cellSamples?: number;
}

/** Where the numbers of one recording are gathered. */
export interface Target {
  /** `[windows x rowCount x dim]` for each window output. */
  readonly windows: ReadonlyMap<WindowOutput['part'], Float32Array>;
  readonly beat: Float32Array;
  /** Which window each beat went to, -1 for none. */
  readonly beatWindows: Int32Array;
}

export interface EmbeddedParts {
  readonly prepared: PreparedEcg;
  readonly target: Target;
  readonly graph: EcgGraph;
}

/** What the graph of a manifest gives a window; the last time cell may be shorter than the others. */
export function windowOutputs({ ecg, levels }: EcgGraph): WindowOutput[] {
  const { rhythm, token } = levels;
  const queries = levels['beat-query'];
  const cells = (cellSamples: number) => ({
    rowCount: Math.ceil(ecg.sampleCount / cellSamples),
    cellSamples,
  });
  const outputs: WindowOutput[] = [
    { part: 'rhythm', output: rhythm.output, rowCount: 1, dim: rhythm.dim },
  ];
  if (queries) {
    const { output, count, dim } = queries;
    outputs.push({ part: 'beat-query', output, rowCount: count, dim });
  }
  if (token) {
    const { output, dim, cellSamples, count = 0 } = token;
    const rows = cellSamples === undefined ? { rowCount: count } : cells(cellSamples);
    outputs.push({ part: 'token', output, dim, ...rows });
  }
  if (rhythm.attention !== undefined && rhythm.attentionCellSamples !== undefined) {
    const rows = cells(rhythm.attentionCellSamples);
    outputs.push({ part: 'attention', output: rhythm.attention, dim: 1, ...rows });
  }
  return outputs;
}

export function makeTarget(prepared: PreparedEcg, graph: EcgGraph): Target {
  const beatCount = prepared.beatSpans.length / 2;
  const windowCount = prepared.windows.length;
  return {
    windows: new Map(
      windowOutputs(graph).map(({ part, rowCount, dim }) => [
        part,
        new Float32Array(windowCount * rowCount * dim),
      ]),
    ),
    beat: new Float32Array(beatCount * (graph.levels.beat?.dim ?? 0)),
    beatWindows: new Int32Array(beatCount).fill(-1),
  };
}

/** The vectors of a recording once all of its windows have run. */
export function collect(record: EcgRecord, parts: EmbeddedParts): EcgEmbedding {
  const levels: LevelVectors[] = [];
  let attention: AttentionMap | undefined;
  for (const output of windowOutputs(parts.graph)) {
    if (output.part === 'attention') attention = attentionMap(record, parts, output);
    else levels.push(windowVectors(record, parts, { ...output, part: output.part }));
  }
  if (parts.graph.levels.beat) levels.splice(1, 0, beatVectors(record, parts));
  return { levels, rPeakSamples: parts.prepared.rPeakSamples, ...(attention && { attention }) };
}

/** Where each row of an output lies in the recording; a cell past its end has no length. */
function rowSpans(record: EcgRecord, { prepared, graph }: EmbeddedParts, output: WindowOutput) {
  const { rowCount, cellSamples } = output;
  const { sampleCount, samplingRateHz } = graph.ecg;
  const toOwnRate = record.samplingRateHz / samplingRateHz;
  const count = prepared.windows.length * rowCount;
  const spans = {
    windows: new Int32Array(count),
    startSamples: new Int32Array(count),
    endSamples: new Int32Array(count),
  };
  const place = (sample: number) => Math.min(record.sampleCount, Math.round(sample * toOwnRate));
  prepared.windows.forEach(({ startSample }: EcgWindow, window) => {
    for (let index = 0; index < rowCount; index += 1) {
      const row = window * rowCount + index;
      const [start, length] = cellSamples ? [index * cellSamples, cellSamples] : [0, sampleCount];
      spans.windows[row] = window;
      spans.startSamples[row] = place(startSample + start);
      spans.endSamples[row] = place(startSample + Math.min(start + length, sampleCount));
    }
  });
  return spans;
}

/** One vector a row; a time cell without a signal (a zero vector, or past the end) is left out. */
function windowVectors(
  record: EcgRecord,
  parts: EmbeddedParts,
  output: WindowOutput & { readonly part: Level },
): LevelVectors {
  const { part: level, dim, cellSamples } = output;
  const all = parts.target.windows.get(output.part)!;
  const spans = rowSpans(record, parts, output);
  const rows = [...spans.windows.keys()];
  const hasSignal = (row: number) =>
    spans.endSamples[row] > spans.startSamples[row] &&
    all.subarray(row * dim, (row + 1) * dim).some((value) => value !== 0);
  const kept = cellSamples === undefined ? rows : rows.filter(hasSignal);
  const vectors = new Float32Array(kept.length * dim);
  kept.forEach((row, place) => {
    vectors.set(all.subarray(row * dim, (row + 1) * dim), place * dim);
  });
  return {
    level,
    dim,
    count: kept.length,
    vectors,
    windows: Int32Array.from(kept, (row) => spans.windows[row]),
    ordinals: Int32Array.from(kept),
    startSamples: Int32Array.from(kept, (row) => spans.startSamples[row]),
    endSamples: Int32Array.from(kept, (row) => spans.endSamples[row]),
  };
}

function attentionMap(record: EcgRecord, parts: EmbeddedParts, output: WindowOutput): AttentionMap {
  const spans = rowSpans(record, parts, output);
  const weights = parts.target.windows.get('attention')!;
  return { count: spans.windows.length, ...spans, weights };
}

function beatVectors(record: EcgRecord, { prepared, target, graph }: EmbeddedParts): LevelVectors {
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
