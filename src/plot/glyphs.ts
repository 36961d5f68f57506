/**
 * A single-stroke sans-serif alphabet of our own, so that a picture with letters needs no font. It covers
 * printable ASCII, the German letters and a few signs; it has no kerning and no weights.
 *
 * Grid: y down, capitals from 0 to 14 (the base line), small letters from 4, descenders to 18. An entry is
 * the glyph's width and its strokes as SVG path data: each stroke opens with one absolute `M x y`, all that
 * follows is relative, so a glyph is moved by moving its `M`s.
 */

export const GLYPH_CAP_HEIGHT = 14;
/** Empty space after each glyph. */
export const GLYPH_GAP = 3;

const SOURCE: Readonly<Record<string, readonly [width: number, strokes: string]>> = {
  ' ': [3, ''],
  '!': [1, 'M0.5 0v9.5M0.5 13.5v0.5'],
  '"': [4, 'M0.5 0v4M3.5 0v4'],
  '#': [10, 'M4 0l-2 14M8.5 0l-2 14M0.5 4.5h9.5M0 9.5h9.5'],
  $: [8, 'M4 -2v18M7.5 2.5c-1-2-6.5-2.5-6.8 1.2c0 4 7 2.3 7 6.4c0 3.6-6.4 4-7.7 0.6'],
  '%': [12, 'M11 0l-10 14M3 0.2c-3.6 0-3.6 6 0 6s3.6-6 0-6M9.2 7.8c-3.6 0-3.6 6 0 6s3.6-6 0-6'],
  '&': [10, 'M10 14c-3-1.5-8-8-7.5-11c0.4-4 5.5-3.4 5.3 0c-0.3 3.5-7.8 4-7.8 8c0.4 5 8.5 4 9.5-4'],
  "'": [1, 'M0.5 0v4'],
  '(': [3, 'M3 -1.5c-4 5-4 12 0 18'],
  ')': [3, 'M0 -1.5c4 5 4 12 0 18'],
  '*': [6, 'M3 1v7M0 2.7l6 3.6M6 2.7l-6 3.6'],
  '+': [8, 'M4 4v8M0 8h8'],
  ',': [2, 'M1.2 13v1.2l-1.2 2.6'],
  '-': [5, 'M0 8.5h5'],
  '.': [1, 'M0.5 13.4v0.6'],
  '/': [6, 'M6 -1l-6 17'],
  '0': [8, 'M4 0c-5.3 0-5.3 14 0 14s5.3-14 0-14'],
  '1': [5, 'M0.5 3l3.5-3v14'],
  '2': [8, 'M0.3 3.6c0-4.8 7.2-4.8 7.2-0.2c0 3.4-5 6-7.5 10.6h8'],
  '3': [8, 'M0.3 2.2c2-3.4 7-2.6 7 1c0 2.4-1.8 3.6-4.4 3.6c3 0 5 1.2 5 3.6c0 4.4-6.4 4.8-7.9 1.2'],
  '4': [8, 'M6 14v-14l-6 10h8'],
  '5': [8, 'M7 0h-5.7l-0.7 6.4c2-2 7.2-1.6 7.2 2.8c0 5.2-6 6-7.8 2.6'],
  '6': [8, 'M7 1.2c-3.5-2.8-7 0.4-7 7c0 7.6 8 7.2 8 1.4c0-5.4-7.2-5.6-8-0.6'],
  '7': [8, 'M0 0h8l-5 14'],
  '8': [8, 'M4 0c-5 0-5 6.5 0 6.5s5-6.5 0-6.5M4 6.5c-5.4 0-5.4 7.5 0 7.5s5.4-7.5 0-7.5'],
  '9': [8, 'M1 12.8c3.5 2.8 7-0.4 7-7c0-7.6-8-7.2-8-1.4c0 5.4 7.2 5.6 8 0.6'],
  ':': [1, 'M0.5 5v0.6M0.5 13.4v0.6'],
  ';': [2, 'M1 5v0.6M1.2 13v1.2l-1.2 2.6'],
  '<': [7, 'M7 3.5l-7 4.5l7 4.5'],
  '=': [8, 'M0 6h8M0 10h8'],
  '>': [7, 'M0 3.5l7 4.5l-7 4.5'],
  '?': [7, 'M0.2 3c0.4-4 6.8-4 6.8 0.4c0 3-3.4 3-3.4 6.4M3.6 13.4v0.6'],
  '@': [
    14,
    'M10 5v4.5c0 3 4 2 4-2.5c0-9-14-9-14 0.5c0 7 6.5 8 10 6M10 7.2c0-3.4-5.4-3.2-5.4 0.4s5.4 3.6 5.4-0.4',
  ],
  A: [10, 'M0 14l5-14l5 14M1.8 9h6.4'],
  B: [8, 'M0 0v14h4c5.2 0 5.2-7.4 0-7.4h-4M0 0h3.8c4.6 0 4.6 6.6 0 6.6'],
  C: [9, 'M9 2.8c-2.6-4.4-9-3.4-9 4.2s6.4 8.6 9 4.2'],
  D: [9, 'M0 0v14h3c8 0 8-14 0-14z'],
  E: [7, 'M7 0h-7v14h7.2M0 6.7h6.2'],
  F: [7, 'M7 0h-7v14M0 6.9h6'],
  G: [9, 'M8.8 2.8c-2.6-4.4-8.8-3.4-8.8 4.2s6.6 8.8 9.2 4.4v-4.4h-4'],
  H: [9, 'M0 0v14M9 0v14M0 6.8h9'],
  I: [1, 'M0.5 0v14'],
  J: [6, 'M6 0v10c0 5-5.4 5.2-6 1'],
  K: [8, 'M0 0v14M8 0l-8 8.4M3 5.6l5.4 8.4'],
  L: [7, 'M0 0v14h7'],
  M: [11, 'M0 14v-14l5.5 10l5.5-10v14'],
  N: [9, 'M0 14v-14l9 14v-14'],
  O: [10, 'M5 0c-6.7 0-6.7 14 0 14s6.7-14 0-14'],
  P: [8, 'M0 14v-14h4c5.2 0 5.2 8 0 8h-4'],
  Q: [10, 'M5 0c-6.7 0-6.7 14 0 14s6.7-14 0-14M6 10.5l4 4.5'],
  R: [9, 'M0 14v-14h4c5.2 0 5.2 7.6 0 7.6h-4M4.4 7.6l4.2 6.4'],
  S: [8, 'M7.5 2.5c-1-3.4-6.8-3.4-7 0.8c0 4.4 7.2 2.6 7.2 7c0 4.6-6.6 4.8-7.7 1'],
  T: [9, 'M0 0h9M4.5 0v14'],
  U: [9, 'M0 0v9c0 6.7 9 6.7 9 0v-9'],
  V: [10, 'M0 0l5 14l5-14'],
  W: [14, 'M0 0l3.5 14l3.5-13l3.5 13l3.5-14'],
  X: [9, 'M0 0l9 14M9 0l-9 14'],
  Y: [9, 'M0 0l4.5 7.4l4.5-7.4M4.5 7.4v6.6'],
  Z: [8, 'M0 0h8l-8 14h8.2'],
  '[': [3, 'M3 -1.5h-3v18h3'],
  '\\': [6, 'M0 -1l6 17'],
  ']': [3, 'M0 -1.5h3v18h-3'],
  '^': [6, 'M0 5l3-5l3 5'],
  _: [8, 'M0 16h8'],
  '`': [3, 'M0 0l2.4 2.4'],
  a: [7, 'M7 4.3v9.7M7 7.4c-1.2-4.4-7-4.2-7 1.8s5.8 6 7 1.6'],
  b: [7, 'M0 0v14M0 7.4c1.2-4.4 7-4.2 7 1.8s-5.8 6-7 1.6'],
  c: [7, 'M7 6.4c-1.8-3.4-7-2.8-7 2.8s5.2 6 7 2.6'],
  d: [7, 'M7 0v14M7 7.4c-1.2-4.4-7-4.2-7 1.8s5.8 6 7 1.6'],
  e: [7, 'M0 8.6h7c0-5.8-7-5.8-7 0.6c0 5.6 5.2 5.8 6.8 2.6'],
  f: [5, 'M5 0.4c-2-0.8-3.2 0.4-3.2 2.6v11M0 4.6h4.6'],
  g: [7, 'M7 4.3v10c0 4.6-5.4 4.6-6.6 2M7 7.4c-1.2-4.4-7-4.2-7 1.8s5.8 6 7 1.6'],
  h: [7, 'M0 0v14M0 8c1-4.6 6.8-4.8 6.8 0v6'],
  i: [1, 'M0.5 4.3v9.7M0.5 0.4v0.6'],
  j: [3, 'M2.5 4.3v11c0 2.4-1.4 3-2.5 2.5M2.5 0.4v0.6'],
  k: [7, 'M0 0v14M6.4 4.4l-6.4 5.6M2.6 7.8l4.2 6.2'],
  l: [2.4, 'M0.5 0v11.6c0 1.8 0.8 2.6 1.9 2.3'],
  m: [11, 'M0 4.3v9.7M0 8c1-4.4 5.5-4.6 5.5 0v6M5.5 8c1-4.4 5.5-4.6 5.5 0v6'],
  n: [7, 'M0 4.3v9.7M0 8c1-4.6 6.8-4.8 6.8 0v6'],
  o: [7, 'M3.5 4.2c-4.7 0-4.7 10 0 10s4.7-10 0-10'],
  p: [7, 'M0 4.3v14M0 7.4c1.2-4.4 7-4.2 7 1.8s-5.8 6-7 1.6'],
  q: [7, 'M7 4.3v14M7 7.4c-1.2-4.4-7-4.2-7 1.8s5.8 6 7 1.6'],
  r: [4, 'M0 4.3v9.7M0 8.4c0.6-3 2.4-4.6 4.4-4'],
  s: [6, 'M5.7 6c-0.9-2.6-5.3-2.4-5.3 0.5c0 3.2 5.5 1.8 5.5 5c0 3.2-5 3.4-5.9 0.6'],
  t: [5, 'M1.8 1v10.4c0 2.4 1.4 3.2 3.2 2.4M0 4.6h4.8'],
  u: [7, 'M6.8 4.3v9.7M0 4.3v6c0 4.8 5.8 4.6 6.8 0'],
  v: [8, 'M0 4.3l4 9.7l4-9.7'],
  w: [11, 'M0 4.3l2.8 9.7l2.7-9l2.7 9l2.8-9.7'],
  x: [7, 'M0 4.3l7 9.7M7 4.3l-7 9.7'],
  y: [8, 'M0 4.3l4 9.7M8 4.3l-4.6 11c-0.6 1.8-1.6 2.8-3 2.4'],
  z: [7, 'M0.2 4.4h6.6l-6.8 9.6h7'],
  '{': [
    4,
    'M4 -1.5c-2 0-2.4 1-2.4 3v3.5c0 1.6-0.6 2.5-1.6 2.5c1 0 1.6 0.9 1.6 2.5v3.5c0 2 0.4 3 2.4 3',
  ],
  '|': [1, 'M0.5 -1.5v18'],
  '}': [
    4,
    'M0 -1.5c2 0 2.4 1 2.4 3v3.5c0 1.6 0.6 2.5 1.6 2.5c-1 0-1.6 0.9-1.6 2.5v3.5c0 2-0.4 3-2.4 3',
  ],
  '~': [8, 'M0 9c1-3 3-2.6 4-1s3 2 4-1'],
  '\u00b0': [4, 'M2 0c-2.6 0-2.6 4 0 4s2.6-4 0-4'],
  '\u00b1': [8, 'M4 2v8M0 6h8M0 13h8'],
  '\u00b5': [7, 'M0 4.3v14M6.8 4.3v9.7M0 10.3c0.4 4.8 5.8 4.6 6.8 0'],
  '\u00b7': [1, 'M0.5 8v0.6'],
  '\u00d7': [7, 'M0.5 5l6 6M6.5 5l-6 6'],
  '\u2013': [7, 'M0 8.5h7'],
  '\u2014': [11, 'M0 8.5h11'],
  '\u2026': [9, 'M0.5 13.4v0.6M4.5 13.4v0.6M8.5 13.4v0.6'],
  '\u00df': [7, 'M0 14v-10.5c0-4.6 6.2-4.4 6.2-0.4c0 2-2.2 2.4-2.2 4s3 1.6 3 4.4c0 2.6-2.8 3-4 2'],
};

const DIAERESIS = 'M{left} {y}v0.6M{right} {y}v0.6';
const WITH_DIAERESIS: readonly [letter: string, base: string, y: number][] = [
  ['\u00c4', 'A', -3],
  ['\u00d6', 'O', -3],
  ['\u00dc', 'U', -3],
  ['\u00e4', 'a', 0.8],
  ['\u00f6', 'o', 0.8],
  ['\u00fc', 'u', 0.8],
];

export interface GlyphStroke {
  readonly x: number;
  readonly y: number;
  /** Relative path data. */
  readonly path: string;
}

export interface Glyph {
  readonly width: number;
  readonly strokes: readonly GlyphStroke[];
}

/** An empty box: what stands for a letter that the alphabet lacks. */
const MISSING = parseGlyph(7, 'M0 0v14h7v-14z');
const GLYPHS = new Map<string, Glyph>(
  Object.entries(SOURCE).map(([letter, [width, strokes]]) => [letter, parseGlyph(width, strokes)]),
);
for (const [letter, base, y] of WITH_DIAERESIS) {
  const [width, strokes] = SOURCE[base]!;
  const dots = DIAERESIS.replaceAll('{y}', String(y))
    .replace('{left}', String(width / 2 - 2))
    .replace('{right}', String(width / 2 + 2));
  GLYPHS.set(letter, parseGlyph(width, strokes + dots));
}

/** The strokes of one letter; a box where the alphabet lacks it. */
export function glyphOf(letter: string): Glyph {
  return GLYPHS.get(letter) ?? MISSING;
}

function parseGlyph(width: number, source: string): Glyph {
  const strokes = [...source.matchAll(/M(-?[\d.]+) (-?[\d.]+)([^M]*)/g)].map((match) => ({
    x: Number(match[1]),
    y: Number(match[2]),
    path: match[3]!,
  }));
  return { width, strokes };
}
