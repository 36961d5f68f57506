/** R peaks against the beats marked in a MIT-BIH recording, within 150 ms, one to one in order. */
import { readFileSync } from 'node:fs';
import { parseMitAnnotations } from '../../src/formats/mit-annotations.js';
import { readEcg } from '../../src/formats/read.js';
import { detectQrs } from '../../src/signal/qrs.js';

/** The symbols that stand for a beat. */
const BEATS = new Set([...'NLRBaVFJASEj/Qenfr']);
const TOLERANCE_SECONDS = 0.15;

/** @param path of the record, without extension */
export async function scoreRPeaks(path: string) {
  const record = await readEcg(`${path}.hea`);
  const marked = parseMitAnnotations(readFileSync(`${path}.atr`))
    .annotations.filter(({ symbol }) => BEATS.has(symbol))
    .map(({ sample }) => sample);
  const found = [...detectQrs(record).rPeakSamples];
  const tolerance = TOLERANCE_SECONDS * record.samplingRateHz;
  let [matched, at] = [0, 0];
  for (const mark of marked) {
    while (at < found.length && found[at]! < mark - tolerance) at += 1;
    if (at < found.length && found[at]! <= mark + tolerance) {
      matched += 1;
      at += 1;
    }
  }
  const f1 = (2 * matched) / (marked.length + found.length);
  return { marked: marked.length, found: found.length, matched, f1: Number(f1.toFixed(5)) };
}
