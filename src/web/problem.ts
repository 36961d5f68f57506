/** What the page shows when something fails: the service's problem+json, or why there is none. */
import type { ProblemBody } from './api-types.js';

export interface Problem {
  readonly title: string;
  readonly detail: string;
  readonly hint?: string;
  readonly code: string;
  /** Trying again may help. */
  readonly retryable: boolean;
}

/** An Error that carries a Problem. */
export class ProblemError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail);
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

const RETRYABLE_STATUS = new Set([408, 429, 500, 502, 503, 504]);

/** Reads an answer that is not 2xx; `body` is its text. */
export function problemOf(status: number, body: string): Problem {
  const fields = parsed(body);
  const retryable = RETRYABLE_STATUS.has(status);
  if (fields?.title === undefined) {
    return {
      title: 'The service gave no usable answer',
      detail: `It answered with status ${status} and no explanation.`,
      code: `http.${status}`,
      retryable,
    };
  }
  return {
    title: fields.title,
    detail: fields.detail ?? '',
    code: fields.code ?? `http.${status}`,
    retryable,
    ...(fields.hint !== undefined && { hint: fields.hint }),
  };
}

/** Any thrown value as a Problem. */
export function problemFrom(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  return {
    title: 'The service cannot be reached',
    detail: 'The page got no answer from the service it was loaded from.',
    hint: 'Check that it is still running, then try again.',
    code: 'network',
    retryable: true,
  };
}

function parsed(body: string): ProblemBody | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
