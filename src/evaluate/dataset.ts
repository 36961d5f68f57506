/**
 * Descriptions of published test sets, eval/datasets/NAME.json: which column names the recording, which are
 * labels, which rows are the test part, where a user gets the data, and what the published protocol does to
 * recordings. They describe the owners' files as they are and hold none of their data.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PqrError } from '../ecg/errors.js';
import { LABEL_SETS } from '../knowledge/concept.js';

const text = z.string().min(1);

const datasetSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  title: text,
  /** Where a user gets recordings and labels, and under which licence. */
  source: z.strictObject({
    records: text,
    labels: text,
    licence: text,
    citation: text,
  }),
  labelSet: z.enum(LABEL_SETS),
  /** The 0/1 columns of a table, or the codes in the recordings' own headers. */
  labels: z.enum(['table', 'header-codes']),
  /** File names looked for under the records folder where no table is given. */
  labelFiles: z.array(text).optional(),
  /** The first of these columns whose cell names a recording that is there. */
  recordColumns: z.array(text).min(1).optional(),
  /** Taken off the front of a cell of the record column. */
  recordPrefixes: z.array(text).optional(),
  /** A recording that is not at its path may be anywhere below the folder, if its name occurs once. */
  findByName: z.boolean().optional(),
  patientColumn: text.optional(),
  labelColumns: z.array(text).min(1),
  /** Rows of the test part, in the language of --where. */
  test: text.optional(),
  /** What the published evaluation does; for models of these kinds alone. */
  protocol: z
    .strictObject({
      kinds: z.array(z.enum(['merl', 'melp'])).min(1),
      /** At 500 Hz; zeros fill the model's window. */
      firstSamples: z.int().positive(),
      source: text,
    })
    .optional(),
});
export type Dataset = Readonly<z.infer<typeof datasetSchema>>;

/** @throws `usage.invalid` naming the descriptions there are, `metadata.invalid` for one that does not fit */
export async function loadDataset(folder: string, name: string): Promise<Dataset> {
  const names = await datasetNames(folder);
  if (!names.includes(name)) {
    throw new PqrError(
      'usage.invalid',
      `--dataset is '${name}'; allowed are ${names.join(', ')}.`,
      { hint: 'Any other data set: --labels CSV with a column record and one 0/1 column a label.' },
    );
  }
  const parsed = datasetSchema.safeParse(
    JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8')),
  );
  if (parsed.success) return parsed.data;
  throw new PqrError('metadata.invalid', `${name}.json: ${z.prettifyError(parsed.error)}`);
}

/** The names of the descriptions in a folder, sorted. */
export async function datasetNames(folder: string): Promise<string[]> {
  const files = await readdir(folder).catch(() => []);
  return files
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}
