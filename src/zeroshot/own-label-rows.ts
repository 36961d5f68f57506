/** Own labels as rows of their shelf. */
import type { LabelRow } from '../archive/ports.js';
import { PqrError } from '../ecg/errors.js';
import { type OwnLabel, ownLabelSchema } from './own-label.js';

/** @throws `label.invalid` where a row cannot be read */
export function readLabel({ key, document }: LabelRow): OwnLabel {
  const parsed = ownLabelSchema.safeParse(JSON.parse(document));
  if (parsed.success) return parsed.data;
  throw new PqrError('label.invalid', `The stored label ${key} cannot be read.`, {
    hint: 'It was written by another version of pqrsearch, or by hand: remove it and add it again.',
    cause: parsed.error,
  });
}

export function toRow(label: OwnLabel): LabelRow {
  const { key, version, changedAt } = label;
  return { key, version, changedAt, document: JSON.stringify(label) };
}
