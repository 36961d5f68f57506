/** The linter of the knowledge base: our entries hold its rules, and each rule can fail. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Concept, conceptSchema, DATA_LABEL_SETS } from '../../src/knowledge/concept.js';
import type { Knowledge } from '../../src/knowledge/knowledge.js';
import { type KnownCodes, LABEL_COUNTS, lintKnowledge } from '../../src/knowledge/lint.js';
import { loadKnownCodes } from '../../src/knowledge/load.js';
import { ownKnowledge, repository } from './support.js';

let knowledge: Knowledge;
let codes: KnownCodes;
beforeAll(async () => {
  knowledge = await ownKnowledge();
  codes = await loadKnownCodes(join(repository, 'knowledge'));
});

type Change = Record<string, unknown>;
const of = (key: string) => knowledge.byKey.get(key)! as Concept & Change;
/** What the linter says of our entries with some of them changed. */
const lintWith = (changes: Record<string, Change>, sources = knowledge.sources) => {
  const concepts = knowledge.concepts.map((concept) =>
    conceptSchema.parse({ ...concept, ...changes[concept.key] }),
  );
  return lintKnowledge({ concepts, sources, codes });
};
const criterion = (more: Change = {}) => ({
  rule: 'main',
  feature: 'prInterval',
  comparison: '>',
  value: 200,
  unit: 'ms',
  source: 'chou-2008',
  ...more,
});
const withCriterion = (more: Change) => ({
  LVOLT: { criteria: [criterion(more)] },
});

describe('the knowledge base holds its own rules', () => {
  it('breaks none', () => {
    expect(lintWith({})).toEqual([]);
  });

  it('says so on the command line, and exits 1 for a folder that is none', () => {
    const check = (...args: string[]) =>
      spawnSync(process.execPath, ['--import', 'tsx', 'scripts/knowledge-check.ts', ...args], {
        cwd: repository,
        encoding: 'utf8',
      });
    const own = check();
    expect(own.stdout).toMatch(/csn 38, challenge2021 30; broken rules: 0/);
    expect(own.status).toBe(0);
    const none = check(join(repository, 'prompts'));
    expect(none.stderr).toMatch(/cannot be read/);
    expect(none.status).toBe(1);
  }, 60_000);

  it.each(Object.entries(LABEL_COUNTS))('counts the labels of %s: %i', (set, count) => {
    expect(knowledge.labels[set as keyof typeof LABEL_COUNTS].size).toBe(count);
  });
});

describe('lintKnowledge on criteria', () => {
  it.each<[string, Change, RegExp]>([
    [
      'a unit that is not the feature’s',
      { unit: 'mV' },
      /LVOLT: .*prInterval is in mV, but .* in ms/,
    ],
    [
      'no lead where the feature needs one',
      { feature: 'stLevel', unit: 'mV', value: 0.1 },
      /no lead/,
    ],
    [
      'a lead where the feature has none',
      { leads: ['II'] },
      /names leads, but the feature has none/,
    ],
    ['leads counted but not named', { inLeads: 'any' }, /in how many leads, but names none/],
    [
      'neighbours among leads that are none',
      {
        feature: 'jLevel',
        unit: 'mV',
        value: 0.1,
        leads: ['aVR', 'I', 'V6'],
        inLeads: 'contiguous',
      },
      /neighbours among leads that are none/,
    ],
    ['a value and a range', { range: [1, 2] }, /needs a value and no range/],
    ['no limit', { value: undefined }, /needs a value and no range/],
    ['a value for a range', { comparison: 'between' }, /needs a range and no value/],
    ['a range that falls', { comparison: 'between', value: undefined, range: [9, 8] }, /not rise/],
    ['seconds for milliseconds', { value: 0.2 }, /limit 0.2 ms, which cannot be/],
    ['a population of everybody', { population: {} }, /leaves nobody out/],
    ['ages that cross', { population: { ageYears: { min: 16, max: 4 } } }, /lowest age above/],
    ['a source that is not listed', { source: 'udmi-2018' }, /cites udmi-2018, which is not among/],
  ])('refuses %s', (_, more, message) => {
    expect(lintWith(withCriterion(more)).join('\n')).toMatch(message);
  });

  it('refuses a criterion without unit or source, and an unknown feature, by its schema', () => {
    const refused = (more: Change) =>
      conceptSchema.safeParse({ ...of('LVOLT'), ...withCriterion(more).LVOLT });
    expect(refused({}).success).toBe(true);
    for (const more of [{ unit: undefined }, { source: undefined }, { feature: 'colour' }]) {
      expect(refused(more).success).toBe(false);
    }
  });

  it('refuses a rate that definition and criterion put differently', () => {
    expect(lintWith({ TACHY: { rateBpm: { min: 90 } } })).toEqual([
      'TACHY: rateBpm says 90, which no heartRate criterion does.',
    ]);
  });

  it('refuses a rule of supporting criteria beside one that decides', () => {
    const rules = [criterion(), criterion({ rule: 'other', supporting: true })];
    expect(lintWith({ LVOLT: { criteria: rules } }).join()).toMatch(/rule "other" holds only/);
  });
});

describe('lintKnowledge on links', () => {
  it.each<[string, Record<string, Change>, RegExp]>([
    [
      'excludes that go one way',
      { VFIB: { excludes: [] } },
      /AFIB excludes VFIB, but VFIB does not/,
    ],
    ['an entry without place', { VT: { parents: [] } }, /VT has no parent and is no root/],
    ['a root with a parent', { SR: { parents: ['TACHY'] } }, /SR is a root, but has a parent/],
    [
      'a requirement that is none',
      { LAFB: { requires: ['NONE'] } },
      /LAFB requires NONE, which is no/,
    ],
    ['a requirement of itself', { LAFB: { requires: ['LAFB'] } }, /which is itself/],
    ['a parent required', { LAFB: { requires: ['CD'] } }, /LAFB requires CD, but is a kind of it/],
    ['what is excluded', { LAFB: { requires: ['AXIS-NORMAL'] } }, /but excludes AXIS-NORMAL/],
    [
      'a parent of what is excluded',
      { LAFB: { requires: ['AXIS-LEFTWARD'] } },
      /but excludes AXIS-/,
    ],
    ['a differential that is none', { VT: { differentials: ['NONE'] } }, /NONE, which is no entry/],
    ['a kind as differential', { VT: { differentials: ['TDP'] } }, /TDP, which is a kind of it/],
    ['a differential twice', { VT: { differentials: ['WPW', 'WPW'] } }, /differential WPW twice/],
    ['a requirement as differential', { TDP: { differentials: ['LNGQT'] } }, /LNGQT, but requires/],
    ['a circle', { TACHY: { parents: ['VT'], root: undefined } }, /VT is its own ancestor/],
    ['a kind excluded', { VT: { excludes: ['TDP'] } }, /VT excludes TDP, which is a kind/],
    ['no urgency', { VT: { urgency: undefined } }, /VT has no urgency/],
  ])('refuses %s', (_, changes, message) => {
    expect(lintWith(changes).join('\n')).toMatch(message);
  });
});

describe('lintKnowledge on names', () => {
  const add = (key: string, field: string, ...terms: string[]) => ({
    [key]: { [field]: [...(of(key)[field] as string[]), ...terms] },
  });

  it.each<[string, () => Record<string, Change>, RegExp]>([
    ['the opposite', () => add('ROT-CW', 'synonyms', 'counterclockwise turn'), /opposite of/],
    ['the other side', () => add('CLBBB', 'synonymsDe', 'Rechtsblock'), /opposite of/],
    [
      'the other direction in German',
      () => add('ST-ELEVATION', 'synonymsDe', 'Senkung'),
      /opposite/,
    ],
    ['a sibling', () => add('LAFB', 'synonyms', 'LPFB'), /"LPFB" is a name of LAFB and LPFB/],
    [
      'another’s words in another order',
      () => add('VT', 'synonyms', 'ECG normal'),
      /name of NORM and VT|name of VT and NORM/,
    ],
    ['a list', () => add('VT', 'synonyms', 'fast, wide beats'), /"fast, wide beats" is a list/],
    ['a denial', () => add('VT', 'synonyms', 'no sinus beats'), /"no sinus beats" denies/],
    [
      'a name twice',
      () => add('VT', 'synonyms', 'Ventricular-Tachycardia'),
      /twice in one language/,
    ],
    ['no German name', () => ({ VT: { synonymsDe: [] } }), /VT has no German name/],
    ['another’s abbreviation', () => ({ VT: { abbreviations: ['PVC'] } }), /PVC is also another/],
    ['a stray exception', () => ({ VT: { unlike: ['slow beats'] } }), /"slow beats" holds none/],
    [
      'a name that means something else',
      () => ({ VT: { unlike: ['sinus tachycardia'] } }),
      /cannot mean/,
    ],
    [
      'a denial that states it',
      () => ({ VT: { negatedForms: { en: ['much VT'] } } }),
      /read as stating/,
    ],
    [
      'a wording that is a name',
      () => ({ AFIB: { statedAs: ['sinus rhythm'] } }),
      /the wording "sinus rhythm" is a name already/,
    ],
  ])('refuses %s', (_, changes, message) => {
    expect(lintWith(changes()).join('\n')).toMatch(message);
  });

  it('lets one term speak of both of two opposites', () => {
    expect(of('LAFB/LPFB').name).toMatch(/anterior or left posterior/);
    expect(of('BTS').name).toMatch(/tachycardia-bradycardia/);
  });
});

describe('lintKnowledge on sets, codes and sources', () => {
  it.each([...DATA_LABEL_SETS])('refuses a label of %s left out', (set) => {
    const holder = knowledge.concepts.find(({ sets }) => sets.some((label) => label.set === set))!;
    const sets = holder.sets.filter((label) => label.set !== set);
    const left = LABEL_COUNTS[set] - (holder.sets.length - sets.length);
    expect(lintWith({ [holder.key]: { sets } }).join('\n')).toMatch(
      `${set} has ${LABEL_COUNTS[set]} labels, but the entries hold ${left}.`,
    );
  });

  it('refuses a label in two entries', () => {
    const sets = [{ set: 'csn', key: 'AF' }];
    expect(lintWith({ VT: { sets } }).join('\n')).toMatch(/label csn:AF belongs to more than one/);
  });

  it('refuses a class that is scored as one of another entry', () => {
    const sets = of('PVC').sets.map((label) =>
      label.sameAs ? { ...label, sameAs: 'PAC' } : label,
    );
    expect(lintWith({ PVC: { sets } }).join('\n')).toMatch(
      /scored as PAC, which is no other first/,
    );
  });

  it.each<[string, Change, RegExp]>([
    ['SNOMED CT', { snomed: ['164895003'] }, /VT has the code SNOMED CT 164895003/],
    ['AHA', { aha: '999' }, /VT has the code AHA 999/],
    ['SCP-ECG', { scp: 'VTACH' }, /VT has the code SCP-ECG VTACH/],
    ['another entry’s', { snomed: ['427084000'] }, /427084000 belongs to more than one entry/],
  ])('refuses a code that is not known: %s', (_, own, message) => {
    expect(lintWith({ VT: { codes: own } }).join('\n')).toMatch(message);
  });

  it('refuses a source that no entry cites and one that sources.json lacks', () => {
    const more = { ...knowledge.sources, book: { citation: 'A book of a library, 2020.' } };
    expect(lintWith({}, more)).toEqual(['No entry cites the source book.']);
    const references = [...of('VT').references, 'pamphlet'];
    expect(lintWith({ VT: { references } }).join()).toMatch(
      /VT cites pamphlet, which sources.json/,
    );
  });
});
