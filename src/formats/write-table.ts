/**
 * ECG records as CSV, NPY with its sidecar, and JSON.
 *
 * CSV: a column `time_s`, then one a lead in millivolts, so that any table program reads it; it carries
 * the samples alone. NPY: float32 `[leads x samples]`; the JSON beside it has the rest. Numbers are written
 * as short as they read back to the same float32.
 */
import { type EcgRecord, leadSamples } from '../ecg/record.js';
import type { Sidecar } from './sidecar.js';

const TIME_DECIMALS = 12;
const NPY_ALIGNMENT = 64;
const MICRO = 1e6;

/** The shortest decimal that is the same float32. */
export function float32Text(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  const rounded = Math.round(value * MICRO) / MICRO;
  if (Math.fround(rounded) === value) return String(rounded === 0 ? 0 : rounded);
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}

/** Quotes a cell where it holds a delimiter, a quote or a line break. */
function cellText(text: string): string {
  const plain = text.replace(/["\r\n]/g, ' ');
  return /[,;\t#]/.test(plain) ? `"${plain}"` : plain;
}

/** The table's text. */
export function encodeCsv(record: EcgRecord): string {
  const { leads, samples, sampleCount, samplingRateHz } = record;
  const lines = [['time_s', ...leads.map(cellText)].join(',')];
  for (let sample = 0; sample < sampleCount; sample++) {
    let line = String(Number((sample / samplingRateHz).toFixed(TIME_DECIMALS)));
    for (let lead = 0; lead < leads.length; lead++) {
      line += `,${float32Text(samples[lead * sampleCount + sample]!)}`;
    }
    lines.push(line);
  }
  return `${lines.join('\n')}\n`;
}

/** The array's bytes, NPY version 1, little-endian float32 `[leads x samples]`. */
export function encodeNpy(record: EcgRecord): Uint8Array {
  const { leads, samples, sampleCount } = record;
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${leads.length}, ${sampleCount}), }`;
  const padded = Math.ceil((10 + text.length + 1) / NPY_ALIGNMENT) * NPY_ALIGNMENT;
  const bytes = new Uint8Array(padded + 4 * samples.length);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  const view = new DataView(bytes.buffer);
  view.setUint16(8, padded - 10, true);
  bytes.set(new TextEncoder().encode(`${text.padEnd(padded - 11)}\n`), 10);
  for (let index = 0; index < samples.length; index++) {
    view.setFloat32(padded + 4 * index, samples[index]!, true);
  }
  return bytes;
}

function describe(record: EcgRecord) {
  const { patient, codes, comments, recordedAt, report } = record;
  return {
    patient: { ...patient },
    ...(recordedAt !== undefined && { recordedAt }),
    codes: [...codes],
    ...(report !== undefined && { report }),
    comments: [...comments],
  };
}

/** What lies beside the array as JSON. */
export function makeSidecar(record: EcgRecord): Sidecar {
  const { samplingRateHz, leads, adcPerMillivolt } = record;
  return {
    samplingRateHz,
    leads: [...leads],
    unit: 'mV',
    ...describe(record),
    ...(adcPerMillivolt !== undefined && { adcPerMillivolt: [...adcPerMillivolt] }),
  };
}

/** The whole record as JSON; missing samples are null. */
export function encodeJson(record: EcgRecord): string {
  const { format, samplingRateHz, sampleCount, leads, warnings, adcPerMillivolt } = record;
  const head = JSON.stringify({
    format,
    leads,
    samplingRateHz,
    sampleCount,
    durationSeconds: sampleCount / samplingRateHz,
    unit: 'mV',
    ...describe(record),
    warnings,
    ...(adcPerMillivolt !== undefined && { adcPerMillivolt }),
  });
  const rows = leads.map((lead, index) => {
    const values = Array.from(leadSamples(record, index), (value) =>
      Number.isNaN(value) ? 'null' : float32Text(value),
    );
    return `${JSON.stringify(lead)}:[${values.join(',')}]`;
  });
  return `${head.slice(0, -1)},"samples":{${rows.join(',')}}}\n`;
}
