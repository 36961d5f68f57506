/** Seeded damage to files: what fuzzing of the readers does to real recordings. */

/** Mulberry32: a small seeded generator of numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export type Mutation = (bytes: Uint8Array, random: () => number) => Uint8Array;

const WORDS = [
  ...['0', '-1', '99999999999', 'nan', '1e308', '', '~', '../x', '16x9999', '212', ';', '"', '#'],
  ...['&lt;', '&x;', '<a>', '</a>', '<![CDATA[', '-->', '{', '}', '[]', 'null', '1e-30', '32768'],
];
/** Numbers that stand at the edges of what a field can hold. */
const EDGES = [0, 1, 2, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];
/** Most of what a reader trusts lies at the beginning. */
const HEAD_BYTES = 600;
const HEAD_TEXT = 4000;

const latin1 = new TextDecoder('latin1');
const fromLatin1 = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));

export const pick = <T>(list: readonly T[], random: () => number): T =>
  list[Math.floor(random() * list.length)]!;

/** A place in the file, half of the time in its head. */
function place(length: number, random: () => number): number {
  const range = random() < 0.5 ? Math.min(length, HEAD_BYTES) : length;
  return Math.floor(random() * range);
}

/** A stretch of text to work on, and what lies around it. */
function textAround(bytes: Uint8Array, random: () => number): [string, string, string] {
  const start = random() < 0.5 ? 0 : place(bytes.length, random);
  const end = Math.min(bytes.length, start + HEAD_TEXT);
  const part = (from: number, to: number) => latin1.decode(bytes.subarray(from, to));
  return [part(0, start), part(start, end), part(end, bytes.length)];
}

export const MUTATIONS: readonly Mutation[] = [
  // cut off
  (bytes, random) => bytes.subarray(0, place(bytes.length, random)),
  // some other bytes
  (bytes, random) => {
    const copy = bytes.slice();
    for (let n = 0; n < 1 + random() * 8; n++) {
      copy[place(copy.length, random)] = Math.floor(random() * 256);
    }
    return copy;
  },
  // one bit
  (bytes, random) => {
    const copy = bytes.slice();
    const at = place(copy.length, random);
    copy[at] = (copy[at] ?? 0) ^ (1 << Math.floor(random() * 8));
    return copy;
  },
  // a number at its edge, in either byte order
  (bytes, random) => {
    const copy = bytes.slice();
    if (copy.length < 4) return copy;
    const at = Math.min(place(copy.length, random), copy.length - 4);
    const view = new DataView(copy.buffer);
    const little = random() < 0.7;
    if (random() < 0.5) view.setUint32(at, pick(EDGES, random), little);
    else view.setUint16(at, pick(EDGES, random) & 0xffff, little);
    return copy;
  },
  // a hole of zeros
  (bytes, random) => {
    const at = place(bytes.length, random);
    const length = Math.floor(random() * 40);
    const copy = new Uint8Array(bytes.length + length);
    copy.set(bytes.subarray(0, at));
    copy.set(bytes.subarray(at), at + length);
    return copy;
  },
  // a stretch doubled or taken out
  (bytes, random) => {
    const at = place(bytes.length, random);
    const end = Math.min(bytes.length, at + 1 + Math.floor(random() * 200));
    const [headEnd, tailStart] = random() < 0.5 ? [end, at] : [at, end];
    const copy = new Uint8Array(headEnd + bytes.length - tailStart);
    copy.set(bytes.subarray(0, headEnd));
    copy.set(bytes.subarray(tailStart), headEnd);
    return copy;
  },
  // another word
  (bytes, random) => {
    const [before, text, after] = textAround(bytes, random);
    const fields = text.split(/([ \n,;/()<>"=]+)/);
    fields[2 * Math.floor((random() * fields.length) / 2)] = pick(WORDS, random);
    return fromLatin1(before + fields.join('') + after);
  },
  // a line less or twice
  (bytes, random) => {
    const [before, text, after] = textAround(bytes, random);
    const lines = text.split('\n');
    const line = Math.floor(random() * lines.length);
    if (random() < 0.5) lines.splice(line, 1);
    else lines.splice(line, 0, pick(lines, random));
    return fromLatin1(before + lines.join('\n') + after);
  },
];
