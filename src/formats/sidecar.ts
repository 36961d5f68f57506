/**
 * The JSON file beside an NPY file: what the array itself can't say. `ecg.npy` has `ecg.json` (or
 * `ecg.npy.json`) with samplingRateHz, leads, unit and, where known, patient, codes and report.
 */
import { z } from 'zod';
import { PqrError } from '../ecg/errors.js';
import { checkLimit, type Limits } from '../ecg/limits.js';
import { type ByteSource, type SourceFolder, shown } from './byte-source.js';
import { decodeText } from './text.js';

const sidecarSchema = z.object({
  samplingRateHz: z.number().positive().optional(),
  leads: z.array(z.string().max(64)).max(64).optional(),
  unit: z.string().max(16).optional(),
  patient: z
    .object({
      id: z.string().max(256).optional(),
      ageYears: z.number().min(0).max(130).optional(),
      sex: z.enum(['male', 'female']).optional(),
    })
    .optional(),
  recordedAt: z.string().max(64).optional(),
  codes: z.array(z.string().max(256)).max(1000).optional(),
  report: z.string().optional(),
  comments: z.array(z.string()).max(10_000).optional(),
  adcPerMillivolt: z.array(z.number().positive()).optional(),
});

export type Sidecar = z.infer<typeof sidecarSchema>;

/** The names under which a sidecar of `file` may lie, the usual one first. */
export function sidecarNames(file: string): string[] {
  const stem = file.replace(/\.[^.]*$/, '');
  return stem === file ? [`${file}.json`] : [`${stem}.json`, `${file}.json`];
}

async function openSidecar(file: string, folder: SourceFolder): Promise<ByteSource | undefined> {
  for (const name of sidecarNames(file)) {
    try {
      return await folder.open(name);
    } catch (error) {
      if (!PqrError.isInstance(error) || error.code !== 'file.missing') throw error;
    }
  }
  return undefined;
}

/** The sidecar of a file, or an empty one where there is none. @throws `format.header`, `file.*` */
export async function readSidecar(
  file: string,
  folder: SourceFolder,
  limits: Limits,
): Promise<Sidecar> {
  const source = await openSidecar(file, folder);
  if (source === undefined) return {};
  checkLimit('headerBytes', source.byteLength, shown(source.name), limits);
  const text = decodeText(await source.slice(0, source.byteLength));
  const parsed = sidecarSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue && issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
  throw new PqrError(
    'format.header',
    `${shown(source.name)} is no description of an ECG array: ${where}${shown(issue?.message ?? 'invalid')}.`,
    { hint: 'It needs {"samplingRateHz": 500, "leads": ["I", ...], "unit": "mV"}.' },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
