/** Records for the plot tests: a real one from test/fixtures/plot, and ones made to measure. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { STANDARD_LEADS } from '../../src/ecg/leads.js';
import { type EcgRecord, makeRecord } from '../../src/ecg/record.js';

const FOLDER = join(import.meta.dirname, '..', 'fixtures', 'plot');

/** PTB-XL 02000_hr: WFDB format 16, interleaved int16 at 1000 steps a millivolt. */
export function ptbxlRecord(): EcgRecord {
  const bytes = readFileSync(join(FOLDER, '02000_hr.dat'));
  const leadCount = STANDARD_LEADS.length;
  const sampleCount = bytes.length / 2 / leadCount;
  const samples = new Float32Array(leadCount * sampleCount);
  for (let index = 0; index < leadCount * sampleCount; index++) {
    const lead = index % leadCount;
    const sample = Math.floor(index / leadCount);
    samples[lead * sampleCount + sample] = bytes.readInt16LE(index * 2) / 1000;
  }
  return makeRecord({ leads: [...STANDARD_LEADS], samplingRateHz: 500, samples, format: 'wfdb' });
}

/** A record whose lead i has the value `millivoltsAt(lead, second)` in millivolts. */
export function madeRecord(
  leads: readonly string[],
  { samplingRateHz, seconds }: { samplingRateHz: number; seconds: number },
  millivoltsAt: (leadIndex: number, second: number) => number,
): EcgRecord {
  const sampleCount = Math.round(samplingRateHz * seconds);
  const samples = new Float32Array(leads.length * sampleCount);
  for (let lead = 0; lead < leads.length; lead++) {
    for (let sample = 0; sample < sampleCount; sample++) {
      samples[lead * sampleCount + sample] = millivoltsAt(lead, sample / samplingRateHz);
    }
  }
  return makeRecord({ leads, samplingRateHz, samples, format: 'csv' });
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The unbroken lines of a trace's path data, in absolute points. */
export function linesOf(path: string): Point[][] {
  return path
    .split('M')
    .slice(1)
    .map((part) => {
      const numbers = [...part.matchAll(/-?\d+/g)].map((match) => Number(match[0]));
      let [x, y] = numbers as [number, number];
      const points = [{ x, y }];
      for (let index = 2; index < numbers.length; index += 2) {
        x += numbers[index]!;
        y += numbers[index + 1]!;
        points.push({ x, y });
      }
      return points;
    });
}

/** y of a line at `x`; undefined outside it. */
export function lineAt(points: readonly Point[], x: number): number | undefined {
  const next = points.findIndex((point) => point.x >= x);
  if (next < 0 || x < points[0]!.x) return undefined;
  const right = points[next]!;
  if (right.x === x) return right.y;
  const left = points[next - 1]!;
  return left.y + ((right.y - left.y) * (x - left.x)) / (right.x - left.x);
}

export interface SvgText {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

/** The `<text>` elements of a plot. */
export function textsOf(svg: string): SvgText[] {
  return [...svg.matchAll(/<text x="([-\d.]+)" y="([-\d.]+)"[^>]*>([^<]*)</g)].map((match) => ({
    x: Number(match[1]),
    y: Number(match[2]),
    text: match[3]!,
  }));
}

/** The path data of the traces, in drawing order. */
export function tracesOf(svg: string): string[] {
  const from = svg.indexOf('stroke="#15151a"');
  const group = svg.slice(from, svg.indexOf('</g>', from));
  return [...group.matchAll(/<path d="([^"]*)"\/>/g)].map((match) => match[1]!);
}
