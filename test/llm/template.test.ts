import { describe, expect, it } from 'vitest';
import { Sealed } from '../../src/llm/sealed.js';
import { templateRunnable } from '../../src/llm/template.js';

const template = { version: 't-1', system: 'Obey {nothing}.', prompt: 'Look: {material}' };
const run = (material: string) =>
  templateRunnable(template, ['material'])
    .invoke(new Sealed({ material }))
    .then((sealed) => sealed.open());

describe('a prompt template', () => {
  it('puts fields into the question and leaves the instructions as they are', async () => {
    expect(await run('a "quoted" one')).toEqual({
      system: 'Obey {nothing}.',
      prompt: 'Look: a "quoted" one',
    });
  });

  it('does not read what a field holds as a template', async () => {
    expect((await run('{material} {{x}} {')).prompt).toBe('Look: {material} {{x}} {');
  });

  it('is refused where its fields are others, or it cannot be read', () => {
    const invalid = expect.objectContaining({ code: 'prompts.invalid' });
    expect(() => templateRunnable(template, ['other'])).toThrow(invalid);
    expect(() => templateRunnable({ ...template, prompt: '{open' }, ['open'])).toThrow(invalid);
  });
});
