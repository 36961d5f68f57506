/** The signal of a request: what is being done for a client that has gone is not finished. */
import type { Response } from 'express';

/** Aborts when the client goes away before the answer is sent. */
export function abortSignalOf(response: Response): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableEnded) controller.abort();
  });
  return controller.signal;
}
