/**
 * The `fetch` that the `openai` client is given: it sends no header but those below (the client's own would
 * tell operating system and versions, and take more from the environment), follows no redirect (the key
 * would go elsewhere) and reads no more than a bound.
 */
import { PqrError } from '../ecg/errors.js';

const SENT_HEADERS = ['accept', 'content-type'] as const;
const ANSWER_BYTES = 4 * 1024 * 1024;

export function endpointFetch(key: string | undefined): typeof fetch {
  return async (input, init = {}) => {
    const given = new Headers(init.headers);
    const headers = new Headers({ 'user-agent': 'pqrsearch' });
    for (const name of SENT_HEADERS) headers.set(name, given.get(name) ?? 'application/json');
    if (key !== undefined) headers.set('authorization', `Bearer ${key}`);
    const response = await fetch(input, { ...init, headers, redirect: 'error' });
    const { status, statusText } = response;
    const body = response.body?.pipeThrough(bounded(ANSWER_BYTES)) ?? null;
    return new Response(body, { status, statusText, headers: response.headers });
  };
}

function bounded(limitBytes: number): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes <= limitBytes) controller.enqueue(chunk);
      else {
        const told = `The language model's answer has over ${limitBytes} bytes.`;
        controller.error(new PqrError('limit.exceeded', told));
      }
    },
  });
}
