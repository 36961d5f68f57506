/**
 * A server on 127.0.0.1 that speaks the chat completion protocol of OpenAI-compatible endpoints, one scripted
 * answer a request (the last one for all that follow). It computes nothing; the client under test is the real
 * one.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LlmCall {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  // biome-ignore lint/suspicious/noExplicitAny: the body as it was sent is what is tested
  readonly body: any;
}

export type LlmAnswer = (response: ServerResponse, call: LlmCall) => void;

export interface LlmServer {
  readonly url: string;
  readonly calls: LlmCall[];
  /** What is answered from now on. */
  script(...answers: readonly LlmAnswer[]): void;
  close(): Promise<void>;
}

export async function startLlmServer(...first: readonly LlmAnswer[]): Promise<LlmServer> {
  let answers = [...first];
  const calls: LlmCall[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString() || 'null');
      const call = { path: request.url ?? '', headers: request.headers, body };
      calls.push(call);
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
      answer(response, call);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    calls,
    script(...next) {
      answers = [...next];
      calls.length = 0;
    },
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

const USAGE = { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 };
const ID = { id: 'chatcmpl-1', created: 1_700_000_000, model: 'test-model' };

function sendJson(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

interface Said {
  readonly finish?: string;
  readonly refusal?: string;
}

/** A whole answer; an object is said as JSON. */
export function says(content: unknown, { finish = 'stop', refusal }: Said = {}): LlmAnswer {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  const message = { role: 'assistant', content: refusal ? null : text, refusal: refusal ?? null };
  const choices = [{ index: 0, message, finish_reason: finish, logprobs: null }];
  return (response) =>
    sendJson(response, 200, { ...ID, object: 'chat.completion', choices, usage: USAGE });
}

/** An answer made from the request. */
export function replies(make: (call: LlmCall) => unknown): LlmAnswer {
  return (response, call) => says(make(call))(response, call);
}

export function fails(status: number, error: object, headers = {}): LlmAnswer {
  return (response) => sendJson(response, status, { error }, headers);
}

/** Server-sent events, one a piece; without `end` the connection breaks after the last. */
export function streams(pieces: readonly string[], end = true): LlmAnswer {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const send = (choices: unknown[], more = {}) =>
      response.write(
        `data: ${JSON.stringify({ ...ID, object: 'chat.completion.chunk', choices, ...more })}\n\n`,
      );
    for (const content of pieces) send([{ index: 0, delta: { content }, finish_reason: null }]);
    if (!end) {
      setTimeout(() => response.destroy(), 20); // what was written is to arrive first
      return;
    }
    send([{ index: 0, delta: {}, finish_reason: 'stop' }]);
    send([], { usage: USAGE });
    response.end('data: [DONE]\n\n');
  };
}

/** Sends its head and the first bytes of a body, and then nothing more. */
export const stalls: LlmAnswer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write('{"id":');
};

export const neverAnswers: LlmAnswer = () => {};

export const sendsText =
  (text: string): LlmAnswer =>
  (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(text);
  };
