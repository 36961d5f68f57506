/** Names and keys of own labels. */
import { PqrError } from '../ecg/errors.js';
import type { Knowledge } from '../knowledge/knowledge.js';
import { resolveLabel } from '../knowledge/labels.js';
import { OWN_KEY } from './own-label.js';

const KEY_LENGTH = 48;
const NAME_LENGTH = 80;

/** A sentence as a name: cut where it is long. */
export function nameOf(text: string): string {
  return text.length <= NAME_LENGTH ? text : `${text.slice(0, NAME_LENGTH - 1).trimEnd()}\u2026`;
}

/** @throws `label.invalid`, `label.exists` for a given key that means something in the knowledge base */
export function checkedKey(knowledge: Knowledge, key: string, isGiven: boolean): string {
  if (!OWN_KEY.test(key)) {
    throw new PqrError('label.invalid', `'${key.slice(0, 80)}' is no key of a label.`, {
      hint: 'A key is lower-case letters, digits, dots, hyphens; at most 64 of them.',
    });
  }
  if (isGiven && isKnown(knowledge, key)) {
    throw new PqrError('label.exists', `The key ${key} means a label of the knowledge base.`, {
      hint: 'Choose another key.',
    });
  }
  return key;
}

/** A key made of a name, which means nothing in the knowledge base. */
export function freeKey(knowledge: Knowledge, name: string): string {
  const key = slug(name);
  return isKnown(knowledge, key) ? `${key.slice(0, KEY_LENGTH)}-own` : key;
}

function isKnown(knowledge: Knowledge, key: string): boolean {
  try {
    resolveLabel(knowledge, key);
    return true;
  } catch (error) {
    return PqrError.isInstance(error) && error.code === 'label.ambiguous';
  }
}

/** `ST elevation in V1-V3` as `st-elevation-in-v1-v3`. */
function slug(name: string): string {
  const plain = name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/\u00df/g, 'ss')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '');
  return plain.slice(0, KEY_LENGTH).replace(/-+$/, '') || 'label';
}
