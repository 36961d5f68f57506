import { describe, expect, it } from 'vitest';
import { askIfOnline, type LlmClient, type LlmRequest } from '../../src/llm/port.js';

const request: LlmRequest = { system: 'Answer.', prompt: 'Why?', maxTokens: 10 };
const echo: LlmClient = {
  name: 'echo',
  stream: () => {
    throw new Error('not asked for here');
  },
  complete: async ({ prompt }) => ({
    text: prompt,
    usage: { promptTokens: prompt.length, completionTokens: prompt.length },
  }),
};

describe('askIfOnline', () => {
  it('answers undefined without a client', async () => {
    expect(await askIfOnline(undefined, request)).toBeUndefined();
  });

  it('passes the request to the client', async () => {
    expect((await askIfOnline(echo, request))?.text).toBe('Why?');
  });

  it('does not ask for a caller who has given up', async () => {
    const aborted = { ...request, signal: AbortSignal.abort() };
    await expect(askIfOnline(echo, aborted)).rejects.toMatchObject({ code: 'request.aborted' });
    await expect(askIfOnline(undefined, aborted)).rejects.toMatchObject({
      code: 'request.aborted',
    });
  });
});
