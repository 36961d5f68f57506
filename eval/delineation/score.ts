/**
 * Found waves against marked ones. A point counts as found within 150 ms of the marked one, one to one, nearest
 * first. A found wave is scored where all of it lies between the first and the last marked wave, 100 ms more on
 * both sides: beyond them nothing was marked.
 */
import { KINDS, type Kind, POINTS, type Point, type Wave, type Waves } from './waves.js';

const TOLERANCE_SAMPLES = 75;
const EDGE_SAMPLES = 50;
const MILLISECONDS_PER_SAMPLE = 2;

interface Tally {
  matched: number;
  missed: number;
  extra: number;
  readonly errors: number[];
}

export interface PointScore {
  readonly sensitivity: number;
  readonly ppv: number;
  readonly meanMilliseconds: number;
  readonly sdMilliseconds: number;
}

export type KindScore = Readonly<Record<Point, PointScore>> & { readonly marked: number };
export type Scores = Readonly<Record<Kind, KindScore>> & {
  readonly falsePInRecordsWithoutP: number;
};

export class Scorer {
  private readonly tallies = new Map<string, Tally>();
  private falseP = 0;

  add(found: Waves, marked: Waves): void {
    const placed = KINDS.flatMap((kind) => marked[kind].flatMap(pointsOf));
    const from = Math.min(...placed) - EDGE_SAMPLES;
    const to = Math.max(...placed) + EDGE_SAMPLES;
    const inside = (wave: Wave) => pointsOf(wave).every((sample) => sample >= from && sample <= to);
    for (const kind of KINDS) {
      const scored = found[kind].filter(inside);
      for (const point of POINTS) {
        const found = scored.filter((wave) => !isUnmarked(wave, point, marked[kind]));
        tally(this.tally(kind, point), positions(found, point), positions(marked[kind], point));
      }
    }
    if (marked.p.length === 0) this.falseP += found.p.filter(inside).length;
  }

  scores(): Scores {
    const kind = (name: Kind): KindScore => {
      const point = (which: Point) => summarise(this.tally(name, which));
      const { matched, missed } = this.tally(name, 'peak');
      return {
        marked: matched + missed,
        onset: point('onset'),
        peak: point('peak'),
        offset: point('offset'),
      };
    };
    return {
      p: kind('p'),
      qrs: kind('qrs'),
      t: kind('t'),
      falsePInRecordsWithoutP: this.falseP,
    };
  }

  private tally(kind: Kind, point: Point): Tally {
    const key = `${kind} ${point}`;
    const tally = this.tallies.get(key) ?? { matched: 0, missed: 0, extra: 0, errors: [] };
    this.tallies.set(key, tally);
    return tally;
  }
}

function pointsOf(wave: Wave): number[] {
  return POINTS.map((point) => wave[point]).filter((sample) => sample !== null);
}

/** True of a wave that was marked, but for this point of it. */
function isUnmarked({ peak }: Wave, point: Point, marked: readonly Wave[]): boolean {
  return marked.some(
    (mark) =>
      mark[point] === null && peak !== null && Math.abs(peak - mark.peak!) <= TOLERANCE_SAMPLES,
  );
}

function positions(waves: readonly Wave[], point: Point): number[] {
  return waves.map((wave) => wave[point]).filter((sample) => sample !== null);
}

function tally(sums: Tally, found: readonly number[], marked: readonly number[]): void {
  const pairs = marked
    .flatMap((mark, m) => found.map((sample, f) => ({ m, f, error: sample - mark })))
    .filter(({ error }) => Math.abs(error) <= TOLERANCE_SAMPLES)
    .sort((a, b) => Math.abs(a.error) - Math.abs(b.error));
  const [usedMarks, usedFound] = [new Set<number>(), new Set<number>()];
  for (const { m, f, error } of pairs) {
    if (usedMarks.has(m) || usedFound.has(f)) continue;
    usedMarks.add(m);
    usedFound.add(f);
    sums.errors.push(error * MILLISECONDS_PER_SAMPLE);
  }
  sums.matched += usedMarks.size;
  sums.missed += marked.length - usedMarks.size;
  sums.extra += found.length - usedFound.size;
}

function summarise({ matched, missed, extra, errors }: Tally): PointScore {
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  const squares = errors.reduce((sum, error) => sum + (error - mean) ** 2, 0);
  return {
    sensitivity: rounded(matched / (matched + missed), 4),
    ppv: rounded(matched / (matched + extra), 4),
    meanMilliseconds: rounded(mean, 1),
    sdMilliseconds: rounded(Math.sqrt(squares / (errors.length - 1)), 1),
  };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
