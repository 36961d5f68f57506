/**
 * What a file says that tells who the patient is, noted by the readers while they read, for the one
 * purpose of taking it out of texts (scrub.ts). It is never part of a record.
 */

export interface Identity {
  /** People: patient, physicians, technicians. Each word of a name counts. */
  readonly names?: readonly (string | undefined)[];
  /** Ids, institutions, addresses, telephone numbers: they count as a whole. */
  readonly others?: readonly (string | undefined)[];
}

export interface KnownIdentity {
  readonly names: ReadonlySet<string>;
  readonly others: ReadonlySet<string>;
}

const MAX_IDENTITY_COUNT = 200;
const MAX_IDENTITY_LENGTH = 256;

/** Collects what readers note; blank, overlong and excess entries are left out. */
export class IdentityNotes implements KnownIdentity {
  readonly names = new Set<string>();
  readonly others = new Set<string>();

  add({ names = [], others = [] }: Identity): void {
    addAll(this.names, names);
    addAll(this.others, others);
  }
}

function addAll(target: Set<string>, texts: readonly (string | undefined)[]): void {
  for (const text of texts) {
    const trimmed = text?.trim() ?? '';
    const fits = trimmed !== '' && trimmed.length <= MAX_IDENTITY_LENGTH;
    if (fits && target.size < MAX_IDENTITY_COUNT) target.add(trimmed);
  }
}

const KEY_VALUE = /^<?([\p{L}][\p{L} _.-]{0,39}?)>?\s*[:=]\s*(.+)$/u;
const NAME_KEY = /name|patient|physician|doctor|technician|operator|reader|arzt|referr/i;
const OTHER_KEY =
  /\bid\b|mrn|number|address|phone|hospital|institution|clinic|ward|birth|accession|city|e-?mail/i;

/** Free comments that name their own kind: `Name: Jane Doe`, `MRN: 4711`. */
export function identityOfComments(comments: readonly string[]): Identity {
  const pairs = comments.flatMap((comment) => {
    const [, key, value] = KEY_VALUE.exec(comment.trim()) ?? [];
    return key === undefined ? [] : [{ key, value: value! }];
  });
  return {
    names: pairs.filter(({ key }) => NAME_KEY.test(key)).map(({ value }) => value),
    others: pairs.filter(({ key }) => OTHER_KEY.test(key)).map(({ value }) => value),
  };
}
