/**
 * Captions on recordings never trained on: time a window, how often two differ, and whether the likelihood of
 * a report points to its own recording among others. Greedy, from stored vectors alone.
 */
import type { App } from '../../src/app.js';
import { openCaptioner } from '../../src/encoders/captioner.js';
import { quantile } from '../../src/evaluate/bootstrap.js';
import type { Embedded } from './embedded.js';

export async function captionFigures(app: App, embedded: readonly Embedded[]) {
  const { folder } = await app.model();
  const captioner = await openCaptioner(folder);
  try {
    await captioner.caption(embedded[0]!.embedding.levels);
    const times: number[] = [];
    const texts: string[] = [];
    for (const { embedding } of embedded) {
      const began = performance.now();
      const captions = await captioner.caption(embedding.levels);
      times.push((performance.now() - began) / captions.length);
      texts.push(captions[0]!.text);
    }
    times.sort((a, b) => a - b);
    return {
      recordings: texts.length,
      differentCaptions: new Set(texts).size,
      greedyMilliseconds: { median: quantile(times, 0.5), p95: quantile(times, 0.95) },
      examples: texts.slice(0, 5),
    };
  } finally {
    await captioner.close();
  }
}
