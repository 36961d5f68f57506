/**
 * A small WFDB loader for tests of what comes after reading: one file of samples, formats 16 (also at an
 * offset, as in the Challenge's `16+24`) and 212, gain and baseline. It trusts the header; src/formats is the
 * real reader.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { normaliseLeadName } from '../../src/ecg/leads.js';
import { type EcgRecord, makeRecord } from '../../src/ecg/record.js';

interface Signal {
  readonly file: string;
  readonly format: number;
  readonly byteOffset: number;
  readonly gain: number;
  readonly baseline: number;
  readonly lead: string;
}

/** @param path the record's path without extension */
export function loadWfdb(path: string): EcgRecord {
  const lines = readFileSync(`${path}.hea`, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const [, leadCount, rate] = lines[0]!.split(/\s+/);
  const signals = lines.slice(1, 1 + Number(leadCount)).map(parseSignal);
  const { file, format, byteOffset } = signals[0]!;
  const bytes = readFileSync(join(dirname(path), file)).subarray(byteOffset);
  const steps = format === 212 ? unpack212(bytes) : unpack16(bytes);
  const sampleCount = Math.floor(steps.length / signals.length);
  const samples = new Float32Array(sampleCount * signals.length);
  signals.forEach(({ gain, baseline }, lead) => {
    for (let index = 0; index < sampleCount; index += 1) {
      const step = steps[index * signals.length + lead]!;
      samples[lead * sampleCount + index] =
        step === (format === 212 ? -2048 : -32768) ? Number.NaN : (step - baseline) / gain;
    }
  });
  return makeRecord({
    leads: signals.map(({ lead }) => lead),
    samplingRateHz: Number.parseFloat(rate!),
    samples,
    format: 'wfdb',
    adcPerMillivolt: signals.map(({ gain }) => gain),
  });
}

/** `10.dat 16+24 1299(-2)/mV 16 0 -12 -6756 0 i`: gain 0 or none means 200, no baseline: ADC zero. */
function parseSignal(line: string): Signal {
  const [file, format, gainText = '', , zero = '0', , , , ...lead] = line.trim().split(/\s+/);
  const [code, offset = '0'] = format!.split('+');
  const baseline = /\((-?\d+)\)/.exec(gainText)?.[1] ?? zero;
  return {
    file: file!,
    format: Number(code),
    byteOffset: Number(offset),
    gain: Number.parseFloat(gainText) || 200,
    baseline: Number(baseline),
    lead: normaliseLeadName(lead.join(' ')),
  };
}

function unpack16(bytes: Uint8Array): Int16Array {
  const count = bytes.length >> 1;
  const view = new DataView(bytes.buffer, bytes.byteOffset, count * 2);
  return Int16Array.from({ length: count }, (_, index) => view.getInt16(index * 2, true));
}

/** Two samples in three bytes, 12 bits each, two's complement. */
function unpack212(bytes: Uint8Array): Int16Array {
  const steps = new Int16Array(Math.floor(bytes.length / 3) * 2);
  for (let pair = 0; pair < steps.length / 2; pair += 1) {
    const [low, middle, high] = [bytes[3 * pair]!, bytes[3 * pair + 1]!, bytes[3 * pair + 2]!];
    steps[2 * pair] = ((low | ((middle & 0x0f) << 8)) << 20) >> 20;
    steps[2 * pair + 1] = ((high | ((middle & 0xf0) << 4)) << 20) >> 20;
  }
  return steps;
}
