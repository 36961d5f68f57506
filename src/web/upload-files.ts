/** Files chosen for upload: what may go together, how large, and how they travel in JSON. */
import { type Problem, ProblemError } from './problem.js';

/** Kept in step with the service's limit (uploadBytes). */
const UPLOAD_BYTES_LIMIT = 64 * 1024 * 1024;
const FILE_COUNT_LIMIT = 32;
const CHUNK_BYTES = 32 * 1024;

export interface FileFacts {
  readonly name: string;
  readonly size: number;
}

/** Why these files cannot be one recording; undefined where they can be tried. */
export function uploadProblem(files: readonly FileFacts[]): Problem | undefined {
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  if (files.length > FILE_COUNT_LIMIT) {
    return refused(
      `${files.length} files were chosen; at most ${FILE_COUNT_LIMIT} belong to one recording.`,
    );
  }
  if (bytes > UPLOAD_BYTES_LIMIT) {
    const limit = UPLOAD_BYTES_LIMIT / 1024 / 1024;
    return refused(
      `The files have ${Math.ceil(bytes / 1024 / 1024)} MiB; at most ${limit} MiB are taken.`,
    );
  }
  const header = files.find(({ name }) => /\.hea$/i.test(name));
  if (header && files.length === 1) {
    return refused(
      `${header.name} is a header alone.`,
      'Choose its signal file (.dat or .mat) with it.',
    );
  }
  const signal = files.find(({ name }) => /\.dat$/i.test(name));
  if (signal && !header) {
    return refused(`${signal.name} comes without its header.`, 'Choose its .hea file with it.');
  }
  return undefined;
}

function refused(detail: string, hint?: string): Problem {
  const title = 'These files cannot be read as one recording';
  return { title, detail, code: 'upload', retryable: false, ...(hint && { hint }) };
}

/** Bytes as base64, in chunks that no argument list is too short for. */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let offset = 0; offset < bytes.length; offset += CHUNK_BYTES) {
    binary += String.fromCharCode(...bytes.subarray(offset, offset + CHUNK_BYTES));
  }
  return btoa(binary);
}

/** @throws ProblemError where `uploadProblem` finds one */
export function checkUpload(files: readonly FileFacts[]): void {
  const problem = uploadProblem(files);
  if (problem) throw new ProblemError(problem);
}
