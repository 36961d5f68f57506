import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadKnowledge } from '../../src/knowledge/load.js';

const SOURCES = {
  book: { citation: 'A book of a library, 2020.', url: 'https://example.org/book' },
};
const entry = (key: string, more: Record<string, unknown> = {}) => ({
  key,
  name: `the ${key} finding`,
  synonyms: [],
  synonymsDe: [],
  codes: {},
  sets: [{ set: 'cpsc2018', key }],
  category: 'rhythm',
  definition: 'A finding made up for this test.',
  parents: [],
  excludes: [],
  references: ['book'],
  ...more,
});

describe('loadKnowledge', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pqrsearch-knowledge-'));
    await mkdir(join(folder, 'concepts'));
    await writeFile(join(folder, 'sources.json'), JSON.stringify(SOURCES));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const write = (...entries: { key: string }[]) =>
    Promise.all(
      entries.map((one, index) =>
        writeFile(join(folder, 'concepts', `${index}.json`), JSON.stringify(one)),
      ),
    );
  const refusal = (message: RegExp) =>
    expect(loadKnowledge(folder)).rejects.toMatchObject({
      code: 'knowledge.invalid',
      message: expect.stringMatching(message),
    });

  it('loads sound entries', async () => {
    await write(
      entry('A', { excludes: ['B'] }),
      entry('B', { excludes: ['A'], parents: ['C'] }),
      entry('C'),
    );
    const knowledge = await loadKnowledge(folder);
    expect(knowledge.concepts.map(({ key }) => key)).toEqual(['A', 'B', 'C']);
    expect([...knowledge.ancestors.get('B')!]).toEqual(['C']);
    expect(knowledge.warnings).toEqual([]);
  });

  it('reports a name that two entries share, and loads', async () => {
    await write(
      entry('A', { synonyms: ['Half Beat'] }),
      entry('B', { synonymsDe: ['half-beats'] }),
    );
    const { warnings } = await loadKnowledge(folder);
    expect(warnings).toEqual([
      { code: 'knowledge.duplicate-name', message: '"half beat" names A and B.' },
    ]);
  });

  it('refuses excludes that go one way', async () => {
    await write(entry('A', { excludes: ['B'] }), entry('B'));
    await refusal(/A excludes B, but B does not exclude A/);
  });

  it('refuses an entry that excludes itself', async () => {
    await write(entry('A', { excludes: ['A'] }));
    await refusal(/A excludes itself/);
  });

  it('refuses a key, a label and a code that occur twice', async () => {
    await write(
      entry('A', { codes: { snomed: ['123456'] } }),
      entry('A', { codes: { snomed: ['123456'] } }),
    );
    await refusal(/key A occurs twice.*label cpsc2018:A.*SNOMED CT 123456/s);
  });

  it('refuses links to entries that do not exist, circles and unknown sources', async () => {
    await write(
      entry('A', { parents: ['B'], excludes: ['X'] }),
      entry('B', { parents: ['A'], references: ['none'] }),
    );
    await refusal(/A names X, which is no entry.*A is its own ancestor.*B cites none/s);
  });

  it('refuses a file that does not fit its schema and names it', async () => {
    await write({ ...entry('A'), colour: 'red' } as { key: string });
    await refusal(/0\.json.*colour/s);
  });

  it('refuses a file that is not JSON, an empty folder and a missing one', async () => {
    await refusal(/holds no .json file/);
    await writeFile(join(folder, 'concepts', 'a.json'), '{');
    await refusal(/a\.json is not readable JSON/);
    await rm(join(folder, 'concepts'), { recursive: true });
    await refusal(/cannot be read/);
  });
});
