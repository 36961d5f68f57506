import { describe, expect, it } from 'vitest';
import { createApp } from '../src/app.js';
import { loadConfig } from '../src/config.js';

const LLM = { PQRSEARCH_LLM_URL: 'http://127.0.0.1:8000/v1', PQRSEARCH_LLM_MODEL: 'm' };

describe('the configuration', () => {
  it('has no language model unless one is named', () => {
    expect(createApp(loadConfig({ OPENAI_API_KEY: 'x' })).llm).toBeUndefined();
    expect(createApp(loadConfig(LLM)).llm?.name).toBe('m at 127.0.0.1:8000');
  });

  it.each([
    [{ PQRSEARCH_LLM_URL: LLM.PQRSEARCH_LLM_URL }, /MODEL is not/],
    [{ PQRSEARCH_LLM_MODEL: 'm' }, /URL is not/],
    [{ ...LLM, PQRSEARCH_LLM_URL: 'file:///etc/passwd' }, /llmUrl/],
    [{ ...LLM, PQRSEARCH_LLM_CALLS: 'many' }, /llmCallCount/],
  ])('refuses %j', (environment, message) => {
    expect(() => loadConfig(environment)).toThrow(
      expect.objectContaining({
        code: 'config.invalid',
        message: expect.stringMatching(message),
      }),
    );
  });

  it("keeps what can be made again in the user's cache folder", () => {
    expect(loadConfig({ HOME: '/home/a' }).cacheFolder).toBe('/home/a/.cache/pqrsearch');
    expect(loadConfig({ XDG_CACHE_HOME: '/c' }).cacheFolder).toBe('/c/pqrsearch');
    expect(loadConfig({ PQRSEARCH_CACHE: '/d' }).cacheFolder).toBe('/d');
  });
});
