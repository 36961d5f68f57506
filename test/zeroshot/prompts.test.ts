import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Knowledge, makeKnowledge } from '../../src/knowledge/knowledge.js';
import { resolveLabel } from '../../src/knowledge/labels.js';
import { defineLabel, defineLabels } from '../../src/zeroshot/labels.js';
import {
  composePrompts,
  loadPromptFile,
  loadPromptTemplate,
  type PromptTemplate,
} from '../../src/zeroshot/prompts.js';
import { createLabelScorer } from '../../src/zeroshot/score.js';
import { ownKnowledge, repository } from '../knowledge/support.js';
import { embeddingOf, textVector, wordHashEncoder } from './support.js';

let knowledge: Knowledge;
let template: PromptTemplate;
let folder: string;
beforeAll(async () => {
  knowledge = await ownKnowledge();
  template = await loadPromptTemplate(join(repository, 'prompts/compose-1.json'));
  folder = await mkdtemp(join(tmpdir(), 'pqrsearch-prompts-'));
});
afterAll(() => rm(folder, { recursive: true }));
const writeJson = async (value: unknown): Promise<string> => {
  const path = join(folder, 'mine.json');
  await writeFile(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
};

describe('composed prompts', () => {
  it('fill the template from the entry, the name first, without repeats', () => {
    const concept = knowledge.byKey.get('AFIB')!;
    const prompts = composePrompts(concept, template);
    expect(prompts[0]).toBe('atrial fibrillation');
    expect(prompts.at(-1)).toBe(`atrial fibrillation: ${concept.definition}`);
    expect(prompts.slice(1, -1)).toEqual(concept.synonyms.slice(0, template.synonymCount));
    const folded = prompts.map((text) => text.toLowerCase());
    expect(new Set(folded).size).toBe(folded.length);
  });

  it('leave no placeholder and no empty text for any of the 84 entries', () => {
    for (const concept of knowledge.concepts) {
      for (const text of composePrompts(concept, template)) {
        expect(text).not.toMatch(/[{}]|^\s*$/);
      }
    }
  });

  it('can use German names, one text each', () => {
    const german = { ...template, texts: ['EKG: {synonymDe}'], synonymCount: 2 };
    expect(composePrompts(knowledge.byKey.get('CLBBB')!, german)).toEqual([
      'EKG: Linksschenkelblock',
      'EKG: kompletter Linksschenkelblock',
    ]);
  });

  it('hold criteria and lead findings with compose-2, which is not the default', async () => {
    const second = await loadPromptTemplate(join(repository, 'prompts/compose-2.json'));
    const prompts = composePrompts(knowledge.byKey.get('BRUGADA')!, second);
    expect(prompts).toContain('Brugada pattern: ST in V1, V2: coved elevation, falling');
    expect(prompts).toContain('Brugada pattern: J level of at least 0.2 mV in V1, V2');
    for (const concept of knowledge.concepts) {
      for (const text of composePrompts(concept, second))
        expect(text).not.toMatch(/[{}]|undefined/);
    }
  });

  it('carry their provenance', () => {
    const label = resolveLabel(knowledge, 'ptbxl-sub:AMI');
    expect(defineLabel(label, { mode: 'ckepe', template })).toMatchObject({
      key: 'AMI',
      set: 'ptbxl-sub',
      promptSource: { mode: 'ckepe', template: 'compose-1', entry: 'SUB-AMI' },
    });
  });
});

describe('defineLabels', () => {
  it('takes the 71 statements by default, by their plain names', () => {
    const labels = defineLabels(knowledge, 'default', { mode: 'name' });
    expect(labels).toHaveLength(71);
    for (const { prompts, name } of labels) expect(prompts).toEqual([name]);
  });

  it('keeps the order and drops what is named twice', () => {
    const labels = defineLabels(knowledge, ['LVH', 'AF', 'AFIB'], { mode: 'name' });
    expect(labels.map(({ key }) => key)).toEqual(['LVH', 'AFIB']);
  });

  it('passes on what is unknown or ambiguous', () => {
    expect(() => defineLabels(knowledge, ['STTC'], { mode: 'name' })).toThrow(/several labels/);
    expect(() => defineLabels(knowledge, ['XYZ'], { mode: 'name' })).toThrow(/No label/);
  });

  it('refuses more labels than the limit', () => {
    const many = Array.from({ length: 201 }, () => 'AFIB');
    expect(() => defineLabels(knowledge, many, { mode: 'name' })).toThrow(/labelCount is 201/);
  });
});

describe('changing one entry', () => {
  it('changes the prompts, the vector and the score of its own label, and only those', async () => {
    const changed = makeKnowledge(
      knowledge.concepts.map((one) =>
        one.key === 'LVH' ? { ...one, definition: 'Something else altogether.' } : one,
      ),
      knowledge.sources,
      [],
    );
    const made = async (base: Knowledge) => {
      const labels = defineLabels(base, 'default', { mode: 'ckepe', template });
      const embedding = embeddingOf(textVector('left ventricular hypertrophy'));
      const scorer = createLabelScorer(wordHashEncoder());
      const vectors = await scorer.vectors(labels);
      const scores = await scorer.classify({ embedding, labels });
      return scores.map(({ key, prompts, score }, at) => ({
        key,
        parts: { prompts, vector: [...vectors[at]!], score },
      }));
    };
    const [before, after] = [await made(knowledge), await made(changed)];
    for (const part of ['prompts', 'vector', 'score'] as const) {
      const differing = before.filter(
        ({ parts }, at) => JSON.stringify(parts[part]) !== JSON.stringify(after[at]!.parts[part]),
      );
      expect({ part, differing: differing.map(({ key }) => key) }).toEqual({
        part,
        differing: ['LVH'],
      });
    }
  });
});

describe('a prompts file', () => {
  it('gives a label its texts, by key, by set and key, or by name', async () => {
    const file = await loadPromptFile(
      await writeJson({ AFIB: 'no P waves', 'ptbxl-super:STTC': ['a', 'b'], 'sinus rhythm': 'c' }),
    );
    const labels = defineLabels(knowledge, ['AF', 'ptbxl:STTC', 'SR'], { mode: 'file', file });
    expect(labels.map(({ key, prompts }) => [key, prompts])).toEqual([
      ['AFIB', ['no P waves']],
      ['STTC', ['a', 'b']],
      ['SR', ['c']],
    ]);
    expect(labels[0]!.promptSource).toEqual({ mode: 'file', file: 'mine.json' });
    expect(defineLabels(knowledge, 'default', { mode: 'file', file })).toHaveLength(2);
  });

  it('can define labels of its own, which have no entry', async () => {
    const file = await loadPromptFile(await writeJson({ 'tall R in V1': 'a tall R wave in V1' }));
    const [label] = defineLabels(knowledge, ['tall R in V1'], { mode: 'file', file });
    expect(label).toMatchObject({
      key: 'tall R in V1',
      set: 'own',
      prompts: ['a tall R wave in V1'],
    });
    expect(label).not.toHaveProperty('concept');
  });

  it('is read behind a byte order mark', async () => {
    const file = await loadPromptFile(await writeJson('\uFEFF{"AFIB": "no P waves"}'));
    const [label] = defineLabels(knowledge, ['AFIB'], { mode: 'file', file });
    expect(label!.prompts).toEqual(['no P waves']);
  });

  it('refuses a label that it lacks', async () => {
    const file = await loadPromptFile(await writeJson({ AFIB: 'x' }));
    expect(() => defineLabels(knowledge, ['LVH'], { mode: 'file', file })).toThrow(
      /mine\.json has no prompt for LVH/,
    );
  });

  it.each([
    ['{', /not JSON/],
    ['[]', /does not fit/],
    [{ AFIB: '' }, /does not fit/],
    [{ AFIB: [] }, /does not fit/],
    [{ AFIB: 3 }, /does not fit/],
    [{ AFIB: 'x'.repeat(9000) }, /does not fit/],
  ])('refuses %j', async (value, message) => {
    await expect(loadPromptFile(await writeJson(value))).rejects.toMatchObject({
      code: 'prompts.invalid',
      message: expect.stringMatching(message),
    });
  });

  it('says that it is missing or too large', async () => {
    await expect(loadPromptFile(join(folder, 'none.json'))).rejects.toMatchObject({
      code: 'file.missing',
    });
    const path = await writeJson(`"${'x'.repeat(1024 * 1024)}"`);
    await expect(loadPromptFile(path)).rejects.toMatchObject({ code: 'limit.exceeded' });
  });
});
