import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Knowledge } from '../../src/knowledge/knowledge.js';
import { makeKnowledge } from '../../src/knowledge/knowledge.js';
import { openAiClient } from '../../src/llm/openai.js';
import { calibrate } from '../../src/zeroshot/calibration.js';
import { enrich, loadEnrichTemplate } from '../../src/zeroshot/enrich.js';
import { fileLabelShelf } from '../../src/zeroshot/label-file.js';
import { textsHash } from '../../src/zeroshot/own-label.js';
import { loadOwnTemplate } from '../../src/zeroshot/own-label-texts.js';
import { OwnLabels, type OwnLabelsParts } from '../../src/zeroshot/own-labels.js';
import { PromptCache } from '../../src/zeroshot/prompt-cache.js';
import { loadPromptTemplate } from '../../src/zeroshot/prompts.js';
import { ownKnowledge, repository } from '../knowledge/support.js';
import { fails, type LlmServer, says, startLlmServer } from '../support/llm-server.js';

let knowledge: Knowledge;
let fixed: Pick<OwnLabelsParts, 'template' | 'composeTemplate'>;
let server: LlmServer;
let folder: string;
beforeAll(async () => {
  knowledge = await ownKnowledge();
  const prompt = (name: string) => join(repository, 'prompts', name);
  fixed = {
    template: await loadOwnTemplate(prompt('own-1.json')),
    composeTemplate: await loadPromptTemplate(prompt('compose-1.json')),
  };
  server = await startLlmServer(says('{}'));
});
afterAll(() => server.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pqrsearch-own-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

let day = 1;
const open = (changes: Partial<OwnLabelsParts> = {}) =>
  new OwnLabels({
    shelf: fileLabelShelf(join(folder, 'labels.json')),
    knowledge,
    ...fixed,
    clock: () => new Date(Date.UTC(2024, 0, day++)),
    ...changes,
  });
const COVED = 'ST elevation in V1-V3 with coved shape';

describe('adding a label', () => {
  it('takes a sentence, makes its key, and finds concepts by any name', async () => {
    const { label, change } = await open().add({
      text: COVED,
      synonyms: ['coved ST', 'Coved st'],
      requires: ['STE_'],
      excludes: ['Linksschenkelblock', 'NORM'],
    });
    expect(change).toBe('added');
    expect(label).toMatchObject({
      key: 'st-elevation-in-v1-v3-with-coved-shape',
      name: COVED,
      version: 1,
      synonyms: ['coved ST'],
      requires: ['STE_'],
      excludes: ['CLBBB', 'NORM'],
    });
    expect(open().definition(label).prompts).toEqual([COVED, 'coved ST']);
  });

  it('makes a new version of a change, and none of the same once more', async () => {
    const own = open();
    await own.add({ text: 'tall T' }, 'tall');
    expect(await own.add({ text: 'tall T' }, 'tall')).toMatchObject({ change: 'unchanged' });
    const { label, change } = await own.add({ text: 'very tall T' }, 'tall');
    expect([label.version, change]).toEqual([2, 'changed']);
    expect((await own.past('tall')).map(({ text }) => text)).toEqual(['tall T']);
    const { label: third } = await own.change('tall', { synonyms: ['peaked T'] });
    expect(third).toMatchObject({ version: 3, text: 'very tall T', name: 'very tall T' });
    expect((await own.change('tall', { text: 'T' })).label.name).toBe('T');
  });

  it('leaves the keys of the knowledge base alone', async () => {
    const own = open();
    await expect(own.add({ text: 'x' }, 'afib')).rejects.toMatchObject({ code: 'label.exists' });
    await expect(own.add({ text: 'x' }, 'sttc')).rejects.toMatchObject({ code: 'label.exists' });
    const { label } = await own.add({ text: 'atrial fibrillation' });
    expect(label.key).toBe('atrial-fibrillation-own');
    const { prompts, concept } = own.definition(label);
    expect(concept?.key).toBe('AFIB');
    expect(prompts.length).toBeGreaterThan(3); // composed from the entry as well
  });

  it('gives a text in another script a key, too', async () => {
    expect((await open().add({ text: '\u5fc3\u96fb\u56f3' })).label.key).toBe('label');
    expect((await open().add({ text: '\u00dcberh\u00f6htes T' })).label.key).toBe('uberhohtes-t');
  });

  it.each([
    [{ text: ' ' }, 'label.invalid'],
    [{ text: 'x'.repeat(8193) }, 'label.invalid'],
    [{ text: '\u00e4'.repeat(4097) }, 'label.invalid'],
    [{ text: 'a\u001b[2Jb' }, 'label.invalid'],
    [{ text: 'a', synonyms: Array.from({ length: 17 }, (_, n) => `${n}`) }, 'label.invalid'],
    [{ text: 'a', requires: ['NORM'], excludes: ['NORM'] }, 'label.invalid'],
    [{ text: 'a', requires: ['CLBBB', 'CRBBB'] }, 'label.invalid'],
    [{ text: 'a', requires: ['no such concept'] }, 'label.unknown'],
    [{ text: 'a', excludes: ['STTC'] }, undefined],
    [{ text: 'a', excludes: ['ptbxl:STTC'] }, undefined],
  ])('%#: %j gives %s', async (definition, code) => {
    const added = open().add(definition, 'mine');
    if (code === undefined) expect((await added).change).toBe('added');
    else await expect(added).rejects.toMatchObject({ code });
  });

  it.each(['Mine', '../x', '', 'a b', 'x'.repeat(65)])('refuses the key %j', async (key) => {
    await expect(open().add({ text: 'a' }, key)).rejects.toMatchObject({ code: 'label.invalid' });
  });

  it('ends at the limit of labels', async () => {
    const own = open();
    for (let n = 0; n < 200; n++) await own.add({ text: 'a' }, `label-${n}`);
    await expect(own.add({ text: 'a' }, 'one-more')).rejects.toMatchObject({
      code: 'limit.exceeded',
    });
    expect((await own.add({ text: 'b' }, 'label-7')).change).toBe('changed');
  });
});

describe('building a label', () => {
  const ANSWER = {
    subtypes: [{ term: 'Brugada ECG', entry: 'BRUGADA' }],
    attributes: [
      { term: 'coved ST elevation in V1', entry: 'BRUGADA' },
      { term: 'epsilon wave', entry: 'BRUGADA' },
    ],
  };
  async function withLlm(base = knowledge): Promise<OwnLabels> {
    const parts = {
      knowledge: base,
      client: openAiClient({ url: server.url, model: 'm' }),
      template: await loadEnrichTemplate(join(repository, 'prompts/enrich-1.json')),
      cache: new PromptCache(join(folder, 'cache')),
      clock: () => new Date(0),
    };
    return open({ knowledge: base, enricher: (subject, signal) => enrich(subject, parts, signal) });
  }

  it('composes without a language model', async () => {
    const own = open();
    await own.add({ text: COVED, synonyms: ['coved ST'] }, 'coved');
    const { built } = await own.build('coved', { withLlm: true });
    expect(built).toMatchObject({ version: 1, texts: [COVED, 'coved ST'], template: 'own-1' });
    expect(built).not.toHaveProperty('model');
  });

  it('adds what a language model writes and an entry states, with its provenance', async () => {
    server.script(says(ANSWER));
    const own = await withLlm();
    await own.add({ text: 'a Brugada pattern in the right precordial leads', name: 'Brug' }, 'bru');
    const label = await own.build('bru', { withLlm: true });
    expect(own.definition(label)).toMatchObject({
      prompts: [
        'a Brugada pattern in the right precordial leads',
        'Brug',
        'Brugada ECG',
        'Brug: coved ST elevation in V1',
      ],
      promptSource: {
        mode: 'own',
        template: 'own-1+enrich-1',
        version: 1,
        droppedCount: 1,
        entries: { BRUGADA: expect.any(String) },
        model: expect.stringContaining('m at'),
      },
    });
  });

  it('asks no language model where none is wanted, and passes on where one fails', async () => {
    server.script(fails(401, { message: 'no' }));
    const own = await withLlm();
    await own.add({ text: 'a Brugada pattern' }, 'bru');
    await own.build('bru', { withLlm: false });
    expect(server.calls).toHaveLength(0);
    await expect(own.build('bru', { withLlm: true })).rejects.toMatchObject({
      code: 'llm.rejected',
    });
  });

  it('is stale after a change of the label or of an entry it was written from, and only then', async () => {
    server.script(says(ANSWER));
    const own = await withLlm();
    await own.add({ text: 'a Brugada pattern' }, 'bru');
    const built = await own.build('bru', { withLlm: true });
    expect(own.staleness(built).build).toBeNull();
    const changed = (key: string) =>
      makeKnowledge(
        knowledge.concepts.map((one) =>
          one.key === key ? { ...one, definition: 'Another definition.' } : one,
        ),
        knowledge.sources,
        [],
      );
    const other = await withLlm(changed('AFIB'));
    expect(other.staleness(built).build).toBeNull();
    const same = await withLlm(changed('BRUGADA'));
    expect(same.staleness(built).build).toMatch(/BRUGADA has changed/);
    const { label } = await own.change('bru', { text: 'a clear Brugada pattern' });
    expect(own.staleness(label).build).toMatch(/was version 1, it is 2/);
    expect(own.definition(label).prompts[0]).toBe('a clear Brugada pattern'); // not what was built
  });
});

describe('what is out of date', () => {
  const scoring = (own: OwnLabels, label: Parameters<OwnLabels['definition']>[0]) => ({
    out: 'scores.csv',
    date: '2024-01-01',
    version: label.version,
    texts: textsHash(own.definition(label).prompts),
    model: 'model-1',
    ecgCount: 9,
  });

  it('are scores of another version, text or model', async () => {
    const own = open();
    const { label } = await own.add({ text: 'tall T' }, 'tall');
    await own.noteScoring('tall', scoring(own, label));
    const noted = await own.get('tall');
    expect(own.staleness(noted, 'model-1').scores).toEqual([]);
    expect(own.staleness(noted, 'model-2').scores).toEqual([
      { out: 'scores.csv', because: 'the model is another one' },
    ]);
    const { label: changed } = await own.change('tall', { excludes: ['NORM'] });
    expect(own.staleness(changed, 'model-1').scores[0]!.because).toMatch(/version 1, it is 2/);
    await own.noteScoring('tall', scoring(own, changed));
    expect(own.staleness(await own.get('tall'), 'model-1').scores).toEqual([]);
  });

  it('is a calibration of other texts or another model, not one of another exclusion', async () => {
    const own = open();
    const { label } = await own.add({ text: 'tall T' }, 'tall');
    const { texts, model } = scoring(own, label);
    const examples = Array.from({ length: 20 }, (_, n) => ({
      score: n / 20,
      positive: n >= 10,
      group: `${n}`,
    }));
    await own.calibrate('tall', calibrate(examples, { date: '2024-01-01', texts, model }));
    const { label: excluding } = await own.change('tall', { excludes: ['NORM'] });
    expect(own.staleness(excluding, 'model-1').calibration).toBeNull();
    expect(own.staleness(excluding, 'model-2').calibration).toBe('the model is another one');
    const { label: reworded } = await own.change('tall', { text: 'peaked T' });
    expect(own.staleness(reworded, 'model-1').calibration).toBe('its texts have changed');
  });
});
