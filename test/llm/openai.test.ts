/** The real `openai` client against a local server that speaks the protocol. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { LlmBudget } from '../../src/llm/budget.js';
import { type OpenAiOptions, openAiClient } from '../../src/llm/openai.js';
import type { LlmRequest } from '../../src/llm/port.js';
import { completeStructured } from '../../src/llm/structured.js';
import {
  fails,
  type LlmServer,
  neverAnswers,
  says,
  sendsText,
  stalls,
  startLlmServer,
  streams,
} from '../support/llm-server.js';

let server: LlmServer;
beforeAll(async () => {
  server = await startLlmServer(says('hello'));
});
afterAll(() => server.close());
afterEach(() => vi.unstubAllEnvs());

const request: LlmRequest = { system: 'Answer shortly.', prompt: 'Why?', maxTokens: 100 };
const client = (options: Partial<OpenAiOptions> = {}) =>
  openAiClient({ url: server.url, model: 'test-model', key: 'secret', ...options });

async function collect(stream: AsyncGenerator<string, unknown>) {
  const pieces: string[] = [];
  for (;;) {
    const { value, done } = await stream.next();
    if (done) return { pieces, response: value };
    pieces.push(value);
  }
}

describe('a completion', () => {
  it('sends the two texts, the model, a token limit and the key, and brings text and usage', async () => {
    server.script(says('because'));
    const answer = await client().complete(request);
    expect(answer).toEqual({ text: 'because', usage: { promptTokens: 20, completionTokens: 5 } });
    const [{ path, body, headers }] = server.calls as [LlmServer['calls'][number]];
    expect(path).toBe('/v1/chat/completions');
    expect(headers.authorization).toBe('Bearer secret');
    expect(body).toEqual({
      model: 'test-model',
      messages: [
        { role: 'system', content: 'Answer shortly.' },
        { role: 'user', content: 'Why?' },
      ],
      max_tokens: 100,
      temperature: 0,
      stream: false,
    });
  });

  it('tells nothing of the machine, its environment or its accounts', async () => {
    vi.stubEnv('OPENAI_API_KEY', 'ambient');
    vi.stubEnv('OPENAI_ORG_ID', 'ambient');
    vi.stubEnv('OPENAI_PROJECT_ID', 'ambient');
    vi.stubEnv('OPENAI_CUSTOM_HEADERS', 'X-Ward: ambient');
    vi.stubEnv('OPENAI_BASE_URL', 'http://127.0.0.1:9/v1');
    server.script(says('x'));
    const keyless = openAiClient({ url: server.url, model: 'm' });
    await keyless.complete(request);
    const [{ headers }] = server.calls as [LlmServer['calls'][number]];
    expect(JSON.stringify(headers)).not.toMatch(/ambient|stainless|linux|node\/v/i);
    expect(headers.authorization).toBeUndefined();
    expect(headers['user-agent']).toBe('pqrsearch');
  });

  it('names itself by model and host, without the key', () => {
    expect(client().name).toMatch(/^test-model at 127\.0\.0\.1:\d+$/);
  });

  it.each(['ftp://x/v1', 'x', 'http://user:key@127.0.0.1/v1'])('refuses the address %s', (url) => {
    expect(() => client({ url })).toThrow(expect.objectContaining({ code: 'config.invalid' }));
  });

  it('follows no redirect: the key stays where it was sent', async () => {
    const other = createServer((_, response) => response.end('{}'));
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    const { port } = other.address() as AddressInfo;
    let reached = false;
    other.on('request', () => {
      reached = true;
    });
    server.script((response) => {
      response.writeHead(307, { location: `http://127.0.0.1:${port}/v1/chat/completions` });
      response.end();
    });
    await expect(client().complete(request)).rejects.toMatchObject({ code: 'llm.unreachable' });
    expect(reached).toBe(false);
    other.close();
  });
});

describe('an endpoint that fails', () => {
  it('is asked again after a 429, when Retry-After says so', async () => {
    server.script(fails(429, { message: 'slow' }, { 'retry-after': '0.2' }), says('now'));
    const started = performance.now();
    expect((await client().complete(request)).text).toBe('now');
    expect(performance.now() - started).toBeGreaterThanOrEqual(195);
    expect(server.calls).toHaveLength(2);
  });

  it('is not waited for where Retry-After is longer than the call may take', async () => {
    server.script(fails(429, { message: 'slow', code: 'rate_limit' }, { 'retry-after': '3600' }));
    await expect(client().complete(request)).rejects.toMatchObject({
      code: 'llm.busy',
      hint: expect.stringContaining('3600 s'),
      details: { status: 429, retryAfterSeconds: 3600 },
    });
    expect(server.calls).toHaveLength(1);
  });

  it('is given two tries and no more', async () => {
    server.script(fails(500, { message: 'broken' }, { 'retry-after': '0' }));
    await expect(client().complete(request)).rejects.toMatchObject({ code: 'llm.busy' });
    expect(server.calls).toHaveLength(2);
  });

  it.each([
    [401, 'invalid_api_key'],
    [403, 'forbidden'],
    [404, 'model_not_found'],
  ])('is not asked again after %i, and what it wrote stays inside', async (status, code) => {
    server.script(fails(status, { message: 'your key secret is wrong', code }));
    const failure = await client()
      .complete(request)
      .catch((error: Error) => error);
    expect(failure).toMatchObject({ code: 'llm.rejected', details: { status } });
    expect((failure as Error).message).toContain(code);
    expect((failure as Error).message).not.toContain('secret');
    expect(server.calls).toHaveLength(1);
  });

  it.each([
    ['never answers', neverAnswers],
    ['stalls within its answer', stalls],
  ])('that %s is left after the time of the call', async (_, answer) => {
    server.script(answer);
    await expect(client({ timeoutMilliseconds: 150 }).complete(request)).rejects.toMatchObject({
      code: 'llm.timeout',
      details: { timeoutMilliseconds: 150 },
    });
  });

  it('that is not there is unreachable', async () => {
    const gone = client({ url: 'http://127.0.0.1:9/v1', tryCount: 1 });
    await expect(gone.complete(request)).rejects.toMatchObject({ code: 'llm.unreachable' });
  });

  it.each([
    ['what is no JSON', sendsText('<html>busy</html>')],
    ['no message', sendsText('{"choices": []}')],
    ['an empty text', says('')],
    ['a text cut at its limit', says('half of', { finish: 'length' })],
  ])('that answers with %s is malformed after a second try', async (_, answer) => {
    server.script(answer);
    await expect(client().complete(request)).rejects.toMatchObject({ code: 'llm.malformed' });
    expect(server.calls).toHaveLength(2);
  });

  it.each([
    ['by the field for it', says('', { refusal: 'I cannot.' })],
    ['by its filter', says('', { finish: 'content_filter' })],
  ])('or a model that refuses %s is not asked again', async (_, answer) => {
    server.script(answer);
    await expect(client().complete(request)).rejects.toMatchObject({ code: 'llm.refused' });
    expect(server.calls).toHaveLength(1);
  });

  it('that sends without end is read up to a bound', async () => {
    server.script(sendsText(`"${'x'.repeat(5 * 1024 * 1024)}"`));
    await expect(client({ tryCount: 1 }).complete(request)).rejects.toMatchObject({
      code: 'limit.exceeded',
    });
  });
});

describe('a caller', () => {
  it('who gives up ends the call at once', async () => {
    server.script(neverAnswers);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 30);
    await expect(
      client().complete({ ...request, signal: controller.signal }),
    ).rejects.toMatchObject({ code: 'request.aborted' });
  });

  it('may not ask for more than the limits', async () => {
    server.script(says('x'));
    await expect(client().complete({ ...request, maxTokens: 9000 })).rejects.toMatchObject({
      code: 'limit.exceeded',
    });
    const prompt = 'x'.repeat(40_000);
    await expect(client().complete({ ...request, prompt })).rejects.toMatchObject({
      code: 'limit.exceeded',
    });
    expect(server.calls).toHaveLength(0);
  });

  it('has a budget of calls, over all clients that share it', async () => {
    server.script(says('x'));
    const budget = new LlmBudget({ callCount: 2, tokenCount: 1e6 });
    await client({ budget }).complete(request);
    await client({ budget }).complete(request);
    await expect(client({ budget }).complete(request)).rejects.toMatchObject({
      code: 'llm.budget',
    });
    expect(server.calls).toHaveLength(2);
  });

  it('has a budget of tokens: reserved before a call, corrected after it', async () => {
    server.script(says('x'));
    const budget = new LlmBudget({ callCount: 9, tokenCount: 150 });
    await client({ budget }).complete(request);
    expect(budget.spent).toEqual({ callCount: 1, tokenCount: 25 });
    await expect(client({ budget }).complete({ ...request, maxTokens: 140 })).rejects.toMatchObject(
      { code: 'llm.budget' },
    );
    expect(server.calls).toHaveLength(1);
  });
});

describe('a stream', () => {
  it('brings the pieces as they come and the whole at its end', async () => {
    server.script(streams(['be', 'cau', 'se']));
    const { pieces, response } = await collect(client().stream(request));
    expect(pieces).toEqual(['be', 'cau', 'se']);
    expect(response).toEqual({ text: 'because', usage: { promptTokens: 20, completionTokens: 5 } });
    expect(server.calls[0]!.body).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it('that breaks off is no answer', async () => {
    server.script(streams(['be', 'cau'], false));
    await expect(collect(client().stream(request))).rejects.toMatchObject({
      code: expect.stringMatching(/llm\.unreachable|llm\.malformed/),
    });
  });

  it('is opened a second time after a 503, and not after its first piece', async () => {
    server.script(fails(503, { message: 'loading' }, { 'retry-after': '0' }), streams(['x']));
    expect((await collect(client().stream(request))).pieces).toEqual(['x']);
    expect(server.calls).toHaveLength(2);
  });

  it('that stalls ends with the time of the call', async () => {
    server.script((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n');
    });
    await expect(
      collect(client({ timeoutMilliseconds: 200 }).stream(request)),
    ).rejects.toMatchObject({ code: 'llm.timeout' });
  });
});

describe('a structured answer', () => {
  const schema = z.strictObject({ leads: z.array(z.string().min(1).max(4)).max(3) });
  const ask = (given = client()) => completeStructured(given, schema, request);

  it('is asked for by its JSON Schema and checked', async () => {
    server.script(says({ leads: ['V1'] }));
    expect(await ask()).toEqual({ leads: ['V1'] });
    expect(server.calls[0]!.body.response_format).toEqual({
      type: 'json_schema',
      json_schema: {
        name: 'answer',
        strict: true,
        schema: {
          type: 'object',
          properties: { leads: { type: 'array', maxItems: 3, items: { type: 'string' } } },
          required: ['leads'],
          additionalProperties: false,
        },
      },
    });
  });

  it('falls back to a JSON object, then to words, where the endpoint knows no more, and remembers it', async () => {
    const unknown = (what: string) => fails(400, { message: `${what} is not supported` });
    server.script(
      unknown("response_format 'json_schema'"),
      unknown('response_format'),
      says('```json\n{"leads": ["V2"]}\n```'),
    );
    const same = client();
    expect(await ask(same)).toEqual({ leads: ['V2'] });
    const formats = server.calls.map(({ body }) => body.response_format?.type);
    expect(formats).toEqual(['json_schema', 'json_object', undefined]);
    expect(server.calls[2]!.body.messages[0].content).toContain('"leads"');
    server.script(says({ leads: [] }));
    await ask(same);
    expect(server.calls[0]!.body.response_format).toBeUndefined();
  });

  it('goes by what else an endpoint turns down: the name of the token limit, a temperature', async () => {
    server.script(
      fails(400, { message: 'Unsupported parameter: max_tokens; use max_completion_tokens' }),
      fails(400, { message: "'temperature' does not support 0", param: 'temperature' }),
      says({ leads: [] }),
    );
    await ask();
    const { body } = server.calls[2]!;
    expect(body).toMatchObject({ max_completion_tokens: 100 });
    expect(body).not.toHaveProperty('temperature');
    expect(body).not.toHaveProperty('max_tokens');
  });

  it('reads the answer after a model has thought aloud', async () => {
    server.script(says('<think>{"leads": 1}</think>\n{"leads": ["I"]}'));
    expect(await ask()).toEqual({ leads: ['I'] });
  });

  it('is asked for once more where it does not fit', async () => {
    server.script(says('{"leads": ['), says({ leads: ['V1'] }));
    expect(await ask()).toEqual({ leads: ['V1'] });
    expect(server.calls).toHaveLength(2);
  });

  it.each([
    ['no JSON', 'I think V1', /not JSON/],
    ['another shape', '{"lead": "V1"}', /does not fit its schema/],
    ['too much', '{"leads": ["1", "2", "3", "4"]}', /at leads/],
    ['too long a word', '{"leads": ["V1 to V6"]}', /at leads/],
  ])('of %s is malformed in the end', async (_, text, message) => {
    server.script(says(text));
    await expect(ask()).rejects.toMatchObject({
      code: 'llm.malformed',
      message: expect.stringMatching(message),
    });
    expect(server.calls).toHaveLength(2);
  });
});
