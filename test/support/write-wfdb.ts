/** Writes small WFDB recordings (format 16) for tests that need many different files. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seededNormal } from './seeded.js';

export interface WrittenWfdb {
  readonly leads?: readonly string[];
  readonly sampleCount?: number;
  readonly samplingRateHz?: number;
}

/** One recording `folder/name.hea` and `.dat` with seeded samples at 1000 steps a millivolt. */
export async function writeWfdb(
  folder: string,
  name: string,
  { seed, ...shape }: WrittenWfdb & { seed: number },
): Promise<void> {
  const { leads = ['I', 'II'], sampleCount = 500, samplingRateHz = 100 } = shape;
  const normal = seededNormal(seed);
  const adc = Int16Array.from({ length: leads.length * sampleCount }, () => normal() * 300);
  const header = leads.map((lead, index) => {
    let sum = 0;
    for (let at = index; at < adc.length; at += leads.length) sum += adc[at]!;
    return `${name}.dat 16 1000(0)/mV 16 0 ${adc[index]} ${(sum << 16) >> 16} 0 ${lead}`;
  });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.dat`), new Uint8Array(adc.buffer));
  const first = `${name} ${leads.length} ${samplingRateHz} ${sampleCount}`;
  await writeFile(join(folder, `${name}.hea`), `${[first, ...header].join('\n')}\n`);
}

/** `count` different recordings `r0000`, `r0001`, ... */
export async function writeManyWfdb(folder: string, count: number): Promise<void> {
  for (let at = 0; at < count; at++) {
    await writeWfdb(folder, `r${String(at).padStart(4, '0')}`, { seed: at + 1 });
  }
}
