/**
 * Bits of a FLAC stream, and the checksums over them.
 *
 * Source: RFC 9639 (FLAC), sections 9.1.8 (CRC-8), 9.2.7 (Rice codes), 9.3 (CRC-16).
 */
import { PqrError } from '../ecg/errors.js';

/** Throws for a FLAC stream that can't be decoded. */
export function flacError(why: string): never {
  throw new PqrError('format.inconsistent', `The FLAC stream is damaged: ${why}.`, {
    hint: 'Copy the signal file again.',
  });
}

/** Bits that four bytes hold behind any bit of the first of them. */
const WINDOW_BITS = 25;

/** Reads bits from the highest down; beyond the end it throws `format.inconsistent`. */
export class FlacBits {
  private bitPosition: number;
  private readonly bitEnd: number;

  constructor(
    private readonly bytes: Uint8Array,
    byteStart = 0,
  ) {
    this.bitPosition = byteStart * 8;
    this.bitEnd = bytes.length * 8;
  }

  get bytePosition(): number {
    return (this.bitPosition + 7) >>> 3;
  }

  get bitsLeft(): number {
    return this.bitEnd - this.bitPosition;
  }

  /** An unsigned number of up to 32 bits. */
  unsigned(count: number): number {
    if (this.bitPosition + count > this.bitEnd) flacError('it ends inside a frame');
    if (count <= WINDOW_BITS) return this.unsignedInWindow(count);
    let value = 0;
    let left = count;
    while (left > 0) {
      const inByte = this.bitPosition & 7;
      const taken = Math.min(8 - inByte, left);
      const byte = this.bytes[this.bitPosition >>> 3]!;
      const bits = (byte >>> (8 - inByte - taken)) & ((1 << taken) - 1);
      value = value * (1 << taken) + bits;
      this.bitPosition += taken;
      left -= taken;
    }
    return value;
  }

  private unsignedInWindow(count: number): number {
    if (count === 0) return 0;
    const { bytes } = this;
    const at = this.bitPosition >>> 3;
    const high = (bytes[at]! << 24) | (bytes[at + 1]! << 16);
    const window = high | (bytes[at + 2]! << 8) | bytes[at + 3]!;
    const value = (window << (this.bitPosition & 7)) >>> (32 - count);
    this.bitPosition += count;
    return value;
  }

  /** A number in two's complement of up to 32 bits. */
  signed(count: number): number {
    if (count === 0) return 0;
    const value = this.unsigned(count);
    return value >= 2 ** (count - 1) ? value - 2 ** count : value;
  }

  /** The number of zeros before the next one. */
  unary(): number {
    let zeros = 0;
    while (this.bitPosition < this.bitEnd) {
      const inByte = this.bitPosition & 7;
      const rest = (this.bytes[this.bitPosition >>> 3]! << inByte) & 0xff;
      if (rest !== 0) {
        const leading = Math.clz32(rest) - 24;
        this.bitPosition += leading + 1;
        return zeros + leading;
      }
      zeros += 8 - inByte;
      this.bitPosition += 8 - inByte;
    }
    return flacError('it ends inside a frame');
  }

  /** A signed number in a Rice code with `parameter` low bits. */
  rice(parameter: number): number {
    const folded = this.unary() * 2 ** parameter + this.unsigned(parameter);
    return folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
  }

  /**
   * Rice codes of one parameter into `target[start .. end)`: what `rice` gives one by one. A code that lies
   * in the 25 bits of a window is taken out of it at once.
   */
  riceRun(parameter: number, target: Int32Array, start: number, end: number): void {
    const { bytes, bitEnd } = this;
    const lastWindow = bitEnd - 32;
    const longest = WINDOW_BITS - 1 - parameter;
    let position = this.bitPosition;
    for (let index = start; index < end; index++) {
      let zeros = WINDOW_BITS;
      let window = 0;
      if (position <= lastWindow) {
        const at = position >>> 3;
        const high = (bytes[at]! << 24) | (bytes[at + 1]! << 16);
        window = (high | (bytes[at + 2]! << 8) | bytes[at + 3]!) << (position & 7);
        zeros = Math.clz32(window);
      }
      if (zeros <= longest) {
        // Shifted twice: a shift by 32 would be none.
        const low = (((window << zeros) << 1) >>> 1) >>> (31 - parameter);
        const folded = (zeros << parameter) | low;
        target[index] = (folded >>> 1) ^ -(folded & 1);
        position += zeros + 1 + parameter;
      } else {
        this.bitPosition = position;
        target[index] = this.rice(parameter);
        position = this.bitPosition;
      }
    }
    this.bitPosition = position;
  }

  alignToByte(): void {
    this.bitPosition = (this.bitPosition + 7) & ~7;
  }
}

function crcTable(polynomial: number, bits: number): Uint16Array {
  const top = 1 << (bits - 1);
  const mask = 2 ** bits - 1;
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let value = byte << (bits - 8);
    for (let bit = 0; bit < 8; bit++) value = value & top ? (value << 1) ^ polynomial : value << 1;
    return value & mask;
  });
}

const CRC8 = crcTable(0x07, 8);
const CRC16 = crcTable(0x8005, 16);

export function flacCrc8(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = CRC8[crc ^ byte]!;
  return crc;
}

export function flacCrc16(bytes: Uint8Array): number {
  let crc = 0;
  for (let at = 0; at < bytes.length; at++) {
    crc = ((crc << 8) & 0xffff) ^ CRC16[(crc >> 8) ^ bytes[at]!]!;
  }
  return crc;
}
