/** Errors on the wire: application/problem+json (RFC 9457), nothing internal in them. */
import type { ErrorRequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { ZodError } from 'zod';
import { ERROR_TABLE, PqrError } from '../ecg/errors.js';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly hint?: string;
}

export function toProblem(error: PqrError): Problem {
  const { title } = ERROR_TABLE[error.code];
  const own = { type: `urn:pqrsearch:error:${error.code}`, title, status: error.httpStatus };
  if (isOurs(error))
    return { ...own, detail: `${title}. The log of the service says more.`, code: error.code };
  const { message: detail, code, hint } = error;
  return { ...own, detail, code, ...(hint && { hint }) };
}

/** A fault of the service, not of the request: its text may name files of the machine. */
function isOurs({ httpStatus, retryable }: PqrError): boolean {
  return httpStatus >= 500 && !retryable;
}

/** Any thrown value as a PqrError; what is not ours becomes `internal` without its text. */
export function toPqrError(error: unknown): PqrError {
  if (PqrError.isInstance(error)) return error;
  if (error instanceof ZodError) return fromZod(error);
  const { status, type, code } = (error ?? {}) as { status?: number; type?: string; code?: string };
  if (code === 'ERR_DLOPEN_FAILED' || /Could not locate the bindings file/.test(String(error))) {
    return new PqrError('internal', 'A native part of pqrsearch was not built for this Node.', {
      hint: 'Install it again (npm ci), with the Node that runs it.',
      cause: error,
    });
  }
  if (type === 'entity.too.large') {
    return new PqrError('limit.exceeded', 'The request is larger than the service takes.');
  }
  if (status !== undefined && status >= 400 && status < 500) {
    return new PqrError('request.invalid', 'The request is not well-formed.');
  }
  return new PqrError('internal', 'Something broke inside pqrsearch.', { cause: error });
}

function fromZod(error: ZodError): PqrError {
  const [issue] = error.issues;
  const where = issue?.path.join('.') || 'request';
  return new PqrError('request.invalid', `${where}: ${issue?.message}.`);
}

export function sendProblem(response: Response, error: PqrError): void {
  if (error.retryable) response.setHeader('Retry-After', '2');
  response.setHeader('Cache-Control', 'no-store');
  response
    .status(error.httpStatus)
    .type('application/problem+json')
    .send(JSON.stringify(toProblem(error)));
}

/** The last middleware: every error ends here. Logs hold codes, never what was asked. */
export function problemHandler(log: Logger): ErrorRequestHandler {
  return (thrown, request, response, next) => {
    const error = toPqrError(thrown);
    if (isOurs(error)) log.error({ err: error.cause ?? error, route: request.path }, error.message);
    else if (error.code === 'model.crashed') {
      log.error({ err: error.cause, route: request.path }, error.message);
    } else log.debug({ code: error.code, route: request.path }, 'request refused');
    if (response.headersSent) next(thrown);
    else sendProblem(response, error);
  };
}
