/** Faults put into recordings of a set: the share that the judge names, and how often it says the same of the recordings as they are. */
import { readEcg } from '../../src/formats/read.js';
import type { judgeRecording } from '../../src/signal/judge.js';
import type { Fault } from './faults.js';

export async function namedShares(
  paths: readonly string[],
  given: { judge: typeof judgeRecording; faults: readonly Fault[]; fold: number },
) {
  const { judge, faults, fold } = given;
  const found = faults.map(() => ({ named: 0, refused: 0, before: 0 }));
  const codes: Record<string, number> = {};
  let accepted = 0;
  let milliseconds = 0;
  for (const path of paths) {
    const record = await readEcg(path);
    const started = performance.now();
    const { quality } = judge(record);
    milliseconds += performance.now() - started;
    const before = new Set(quality.reasons.map(({ code }) => code));
    for (const code of before) codes[code] = (codes[code] ?? 0) + 1;
    if (quality.acceptable) accepted += 1;
    faults.forEach((fault, index) => {
      const after = judge(fault.make(record)).quality;
      const has = (codesFound: ReadonlySet<string>) => fault.codes.some((c) => codesFound.has(c));
      if (has(new Set(after.reasons.map(({ code }) => code)))) found[index]!.named += 1;
      if (has(before)) found[index]!.before += 1;
      if (!after.acceptable) found[index]!.refused += 1;
    });
  }
  const n = paths.length;
  return {
    n,
    fold,
    acceptedShare: accepted / n,
    reasonShares: Object.fromEntries(
      Object.entries(codes).map(([code, count]) => [code, count / n]),
    ),
    millisecondsARecord: milliseconds / n,
    faults: Object.fromEntries(
      faults.map(({ name }, index) => {
        const { named, before, refused } = found[index]!;
        return [
          name,
          { namedShare: named / n, namedWithoutShare: before / n, unacceptableShare: refused / n },
        ];
      }),
    ),
  };
}
