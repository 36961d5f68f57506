/**
 * The one error class and the one table of error codes.
 *
 * A message says what failed, got against expected, where, and the hint what to do. No patient data and
 * no internal text goes into an error: `details` holds only names, numbers and paths the user gave.
 * Throw for failure, return for expected emptiness; a broken invariant is an `internal` error.
 */

/** What a code means at the doors: HTTP status, process exit code, whether trying again can help. */
export interface ErrorKind {
  readonly httpStatus: number;
  readonly exitCode: number;
  readonly retryable: boolean;
  readonly title: string;
}

const kind = (httpStatus: number, exitCode: number, retryable: boolean, title: string): ErrorKind =>
  Object.freeze({ httpStatus, exitCode, retryable, title });

/** Every error code, once. docs/errors.md lists the same codes; a test compares the two. */
export const ERROR_TABLE = Object.freeze({
  // usage (exit 2)
  'usage.invalid': kind(400, 2, false, 'The call is not understood'),
  'request.invalid': kind(400, 2, false, 'The request does not fit its schema'),
  'config.invalid': kind(500, 2, false, 'The configuration is not valid'),
  'query.empty': kind(400, 2, false, 'The query is empty'),
  'query.level': kind(400, 2, false, 'The level does not exist in this model'),
  'query.where': kind(400, 2, false, 'The filter expression is not understood'),
  'label.unknown': kind(404, 2, false, 'No label has this name or code'),
  'label.ambiguous': kind(400, 2, false, 'The label name stands for several labels'),
  'limit.exceeded': kind(413, 3, false, 'A limit is exceeded'),
  // bad input (exit 3)
  'format.unknown': kind(415, 3, false, 'The file is in no known ECG format'),
  'format.unsupported': kind(415, 3, false, 'The file uses a part of its format that is not read'),
  'format.empty': kind(422, 3, false, 'The file is empty'),
  'format.header': kind(422, 3, false, 'The header is not valid'),
  'format.truncated': kind(422, 3, false, 'The file is shorter than its header says'),
  'format.inconsistent': kind(422, 3, false, 'The header and the samples do not agree'),
  'format.escape': kind(422, 3, false, 'A header names a file outside its folder'),
  'format.unwritable': kind(400, 2, false, 'The output format is not known'),
  'record.invalid': kind(422, 3, false, 'The ECG record is not valid'),
  'signal.unusable': kind(422, 3, false, 'The signal cannot be used for this'),
  'metadata.invalid': kind(422, 3, false, 'The metadata table is not valid'),
  'model.manifest': kind(500, 3, false, 'The model manifest is not valid'),
  'model.hash': kind(500, 3, false, 'A model file is not the one its manifest names'),
  'model.input': kind(500, 5, false, 'The model was given input of the wrong shape'),
  'model.feature': kind(422, 3, false, 'The model does not have what was asked for'),
  'model.crashed': kind(503, 5, true, 'The thread that runs the model broke off'),
  'model.mismatch': kind(409, 3, false, 'The archive was made by another model'),
  'knowledge.invalid': kind(500, 3, false, 'The knowledge base is not valid'),
  'prompts.invalid': kind(422, 3, false, 'The prompts file is not valid'),
  'label.exists': kind(409, 3, false, 'A label has this key already'),
  'label.invalid': kind(422, 3, false, 'The label definition is not valid'),
  'label.examples': kind(422, 3, false, 'The labelled examples do not suffice'),
  'llm.off': kind(409, 2, false, 'No language model is configured'),
  'llm.unreachable': kind(502, 3, true, 'The language model cannot be reached'),
  'llm.timeout': kind(504, 3, true, 'The language model takes too long'),
  'llm.busy': kind(503, 3, true, 'The language model is busy or broken'),
  'llm.rejected': kind(502, 3, false, 'The language model endpoint turns the call down'),
  'llm.refused': kind(422, 3, false, 'The language model refuses to answer'),
  'llm.malformed': kind(
    502,
    3,
    true,
    'The answer of the language model has not the form asked for',
  ),
  'llm.budget': kind(429, 3, false, 'The budget for the language model is used up'),
  'deidentify.key': kind(409, 2, false, 'De-identification lacks its key'),
  'deidentify.archive': kind(409, 3, false, 'The archive and the call differ in de-identification'),
  'archive.invalid': kind(409, 3, false, 'The folder is not a usable archive'),
  'archive.version': kind(409, 3, false, 'The archive was written by a newer version'),
  'archive.corrupt': kind(500, 3, false, 'The archive does not verify'),
  'archive.full': kind(507, 3, true, 'There is no space left on the disk'),
  'archive.busy': kind(503, 3, true, 'The archive is in use by another process'),
  'queue.full': kind(503, 1, true, 'Too many requests are waiting'),
  'request.aborted': kind(499, 1, true, 'The request was cancelled'),
  // not found (exit 4)
  'file.missing': kind(404, 4, false, 'The file does not exist'),
  'file.denied': kind(403, 3, false, 'The file may not be read'),
  'file.unreadable': kind(422, 3, true, 'The file could not be read'),
  'file.unwritable': kind(500, 3, true, 'The file could not be written'),
  'ecg.missing': kind(404, 4, false, 'The archive holds no such ECG'),
  'archive.missing': kind(404, 4, false, 'There is no archive in this folder'),
  'model.missing': kind(404, 4, false, 'There is no such model'),
  'route.missing': kind(404, 4, false, 'There is no such address'),
  // ours (exit 5)
  'server.exposed': kind(500, 2, false, 'The server would be open to others without a key'),
  'server.port': kind(500, 3, true, 'The port cannot be listened on'),
  internal: kind(500, 5, false, 'Something broke that should not'),
} as const satisfies Record<string, ErrorKind>);

export type ErrorCode = keyof typeof ERROR_TABLE;

export interface PqrErrorOptions {
  /** What the user can do about it. */
  readonly hint?: string;
  /** Names, numbers and paths for machines; never samples, reports or patient data. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

const MARK = Symbol.for('pqrsearch.error');

/** The error that everything in pqrsearch throws. */
export class PqrError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
  readonly retryable: boolean;
  readonly [MARK] = true;

  constructor(code: ErrorCode, message: string, options: PqrErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PqrError';
    this.code = code;
    this.hint = options.hint;
    this.details = Object.freeze({ ...options.details });
    this.retryable = ERROR_TABLE[code].retryable;
  }

  get httpStatus(): number {
    return ERROR_TABLE[this.code].httpStatus;
  }

  get exitCode(): number {
    return ERROR_TABLE[this.code].exitCode;
  }

  /** True for a PqrError of any copy of this package. */
  static isInstance(value: unknown): value is PqrError {
    return typeof value === 'object' && value !== null && MARK in value;
  }
}

/** Throws an `internal` error when an invariant of our own does not hold. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new PqrError('internal', `Broken invariant: ${message}`);
}

/** Throws when the caller has given up. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new PqrError('request.aborted', 'The request was cancelled.');
}
