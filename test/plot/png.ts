/** Reads what plotPng writes: 8-bit RGBA without interlace (PNG specification, section 9 filters). */
import { inflateSync } from 'node:zlib';

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue of a pixel. */
  at(x: number, y: number): readonly [number, number, number];
}

export function readPng(bytes: Uint8Array): Picture {
  const file = Buffer.from(bytes);
  if (file.subarray(1, 4).toString('latin1') !== 'PNG') throw new Error('not a PNG file');
  const width = file.readUInt32BE(16);
  const height = file.readUInt32BE(20);
  if (file[24] !== 8 || file[25] !== 6) throw new Error('not 8-bit RGBA');
  const pixels = unfilter(inflateSync(imageData(file)), width * 4, height);
  return {
    width,
    height,
    at: (x, y) => {
      const start = (y * width + x) * 4;
      return [pixels[start]!, pixels[start + 1]!, pixels[start + 2]!];
    },
  };
}

function imageData(file: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let offset = 8; offset < file.length; ) {
    const length = file.readUInt32BE(offset);
    const type = file.subarray(offset + 4, offset + 8).toString('latin1');
    if (type === 'IDAT') parts.push(file.subarray(offset + 8, offset + 8 + length));
    offset += length + 12;
  }
  return Buffer.concat(parts);
}

function unfilter(raw: Buffer, stride: number, height: number): Uint8Array {
  const out = new Uint8Array(stride * height);
  for (let row = 0; row < height; row++) {
    const filter = raw[row * (stride + 1)]!;
    for (let index = 0; index < stride; index++) {
      const target = row * stride + index;
      const left = index < 4 ? 0 : out[target - 4]!;
      const up = row === 0 ? 0 : out[target - stride]!;
      const corner = row === 0 || index < 4 ? 0 : out[target - stride - 4]!;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter]!;
      out[target] = raw[row * (stride + 1) + 1 + index]! + guess;
    }
  }
  return out;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const distances = [left, up, corner].map((value) => Math.abs(guess - value));
  if (distances[0]! <= distances[1]! && distances[0]! <= distances[2]!) return left;
  return distances[1]! <= distances[2]! ? up : corner;
}
