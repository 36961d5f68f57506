/**
 * The entries themselves. Oracles: PTB-XL's scp_statements.csv and the label files' column lists.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { LABEL_SETS, type LabelSet } from '../../src/knowledge/concept.js';
import type { Knowledge } from '../../src/knowledge/knowledge.js';
import { isKindOf } from '../../src/knowledge/knowledge.js';
import { find } from '../../src/knowledge/lookup.js';
import { fixture, ownKnowledge, repository } from './support.js';

interface Statement {
  readonly code: string;
  readonly description: string;
  readonly class: string | null;
  readonly subclass: string | null;
  readonly form: boolean;
  readonly rhythm: boolean;
  readonly aha: string | null;
}

const statements = fixture<Statement[]>('scp-statements.json');
const columns = fixture<Record<LabelSet, string[]>>('label-columns.json');
let knowledge: Knowledge;
beforeAll(async () => {
  knowledge = await ownKnowledge();
});

describe('the knowledge base covers its label sets', () => {
  it('has each of the 71 SCP-ECG statements and nothing more in that set', () => {
    expect(statements).toHaveLength(71);
    const keys = [...knowledge.labels['ptbxl-scp'].keys()].sort();
    expect(keys).toEqual(statements.map(({ code }) => code).sort());
  });

  it.each(Object.keys(columns))('has exactly the columns of %s', (set) => {
    const keys = [...knowledge.labels[set as LabelSet].keys()].sort();
    expect(keys).toEqual([...columns[set as LabelSet]].sort());
  });

  it('gives each statement its AHA code, and no other', () => {
    const ours = new Map(statements.map(({ code, aha }) => [code, aha]));
    for (const { concept, key } of knowledge.labels['ptbxl-scp'].values()) {
      expect([key, concept.codes.aha ?? null]).toEqual([key, ours.get(key)]);
      expect(concept.codes.scp).toBe(key);
    }
  });

  it('puts each diagnostic statement under its superclass and its subclass', () => {
    for (const { code, class: superclass, subclass } of statements) {
      const { concept } = knowledge.labels['ptbxl-scp'].get(code)!;
      if (superclass === null) continue;
      const above = knowledge.labels['ptbxl-super'].get(superclass)!.concept;
      const group = knowledge.labels['ptbxl-sub'].get(subclass!.replace(/^_|_$/g, ''))!.concept;
      expect([code, isKindOf(knowledge, concept, above)]).toEqual([code, true]);
      expect([code, isKindOf(knowledge, concept, group)]).toEqual([code, true]);
    }
  });

  it('puts form and rhythm statements into their sets', () => {
    const keysOf = (set: LabelSet) =>
      [...knowledge.labels[set].values()].map(({ concept }) => concept.codes.scp).sort();
    const codes = (kind: 'form' | 'rhythm') =>
      statements
        .filter((one) => one[kind])
        .map(({ code }) => code)
        .sort();
    expect(keysOf('ptbxl-form')).toEqual(codes('form'));
    expect(keysOf('ptbxl-rhythm')).toEqual(codes('rhythm'));
  });

  it('names every entry by a file of its own key', () => {
    const files = readdirSync(join(repository, 'knowledge/concepts')).sort();
    const slug = (key: string) =>
      `${key
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^-|-$/g, '')}.json`;
    expect(knowledge.concepts.map(({ key }) => slug(key)).sort()).toEqual(files);
  });
});

describe('the entries are usable', () => {
  it('has no name that stands for two concepts', () => {
    expect(knowledge.warnings).toEqual([]);
  });

  it('finds every concept by each of its names, and only it', () => {
    for (const concept of knowledge.concepts) {
      for (const name of [concept.name, ...concept.synonyms, ...concept.synonymsDe]) {
        const found = find(knowledge, name).map((match) => [match.concept.key, match.score]);
        expect([name, found]).toEqual([name, [[concept.key, 1]]]);
      }
    }
  });

  it('says what each statement of the data set says: its description finds it', () => {
    const own = statements.filter(({ code, description }) =>
      find(knowledge, description).some((match) => match.concept.codes.scp === code),
    );
    expect(own.length).toBeGreaterThanOrEqual(60);
  });

  it('cites a known source for every entry and uses every source', () => {
    const cited = new Set(knowledge.concepts.flatMap(({ references }) => references));
    expect([...cited].sort()).toEqual(Object.keys(knowledge.sources).sort());
  });

  it('keeps NORM apart from every infarction and ischaemia', () => {
    const normal = knowledge.byKey.get('NORM')!;
    const diseased = knowledge.concepts.filter(({ category }) =>
      ['infarction', 'ischaemia'].includes(category),
    );
    expect(diseased.length).toBeGreaterThan(20);
    for (const { key } of diseased) expect(normal.excludes).toContain(key);
  });

  it.each([
    ['AFIB', 'SR'],
    ['SBRAD', 'STACH'],
    ['CLBBB', 'CRBBB'],
    ['3AVB', '1AVB'],
  ])('holds that %s and %s exclude each other', (a, b) => {
    expect(knowledge.byKey.get(a)!.excludes).toContain(b);
    expect(knowledge.byKey.get(b)!.excludes).toContain(a);
  });

  it.each([
    ['NORM', 'SBRAD'],
    ['CRBBB', 'LAFB'],
    ['AFIB', 'PVC'],
  ])('allows %s beside %s', (a, b) => {
    expect(knowledge.byKey.get(a)!.excludes).not.toContain(b);
  });

  it('lists label sets that all exist', () => {
    for (const set of LABEL_SETS) expect(knowledge.labels[set].size).toBeGreaterThan(4);
  });
});
