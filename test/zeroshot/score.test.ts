import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Knowledge } from '../../src/knowledge/knowledge.js';
import { decide, expectedShare, relativeRank } from '../../src/zeroshot/decision.js';
import { defineLabels, type LabelDefinition } from '../../src/zeroshot/labels.js';
import { archiveReference } from '../../src/zeroshot/reference.js';
import { bestCosine, createLabelScorer, meanVector } from '../../src/zeroshot/score.js';
import { ownKnowledge } from '../knowledge/support.js';
import {
  DIM,
  embeddingOf,
  type MemoryEcg,
  MODEL,
  memoryArchive,
  noisyVector,
  rhythmLevel,
  seeded,
  textVector,
  wordHashEncoder,
} from './support.js';

let knowledge: Knowledge;
beforeAll(async () => {
  knowledge = await ownKnowledge();
});
const labels = (...texts: string[]): LabelDefinition[] =>
  defineLabels(knowledge, texts, { mode: 'name' });

/** `count` recordings of a kind: the name's vector with noise, coded where a code is given. */
function recordings(name: string, count: number, code?: string): MemoryEcg[] {
  const random = seeded(name.length);
  return Array.from({ length: count }, (_, index) => ({
    ecgId: `${name} ${index}`,
    rows: [noisyVector(name, 0.6, random)],
    ...(code ? { codes: [code] } : {}),
  }));
}

const mixed = (isCoded: boolean) =>
  memoryArchive([
    ...recordings('sinus rhythm', 60, isCoded ? 'SR' : undefined),
    ...recordings('atrial fibrillation', 15, isCoded ? 'AFIB' : undefined),
    ...recordings('left bundle branch block', 5, isCoded ? 'CLBBB' : undefined),
  ]);

describe('classify', () => {
  it('scores the cosine of text and recording, in the order asked', async () => {
    const scorer = createLabelScorer(wordHashEncoder());
    const embedding = embeddingOf(textVector('atrial fibrillation'));
    const scores = await scorer.classify({ embedding, labels: labels('SR', 'AFIB') });
    expect(scores.map(({ key }) => key)).toEqual(['SR', 'AFIB']);
    expect(scores[1]!.score).toBeCloseTo(1, 6);
    const expected = textVector('sinus rhythm').reduce(
      (sum, value, index) => sum + value * textVector('atrial fibrillation')[index]!,
      0,
    );
    expect(scores[0]!.score).toBeCloseTo(expected, 6);
  });

  it('gives neither percentile nor decision without an archive', async () => {
    const scorer = createLabelScorer(wordHashEncoder());
    const embedding = embeddingOf(textVector('atrial fibrillation'));
    const [score] = await scorer.classify({ embedding, labels: labels('AFIB') });
    expect(score).toMatchObject({ percentile: null, decision: null, expected: null });
  });

  it('takes the best window of a long recording', async () => {
    const scorer = createLabelScorer(wordHashEncoder());
    const embedding = embeddingOf(textVector('sinus rhythm'), textVector('atrial fibrillation'));
    const [score] = await scorer.classify({ embedding, labels: labels('AFIB') });
    expect(score!.score).toBeCloseTo(1, 6);
  });

  it('averages the texts of a label and scales the mean to length 1', async () => {
    const [label] = labels('AFIB');
    const texts = ['atrial fibrillation', 'no P waves', 'irregular'];
    const scorer = createLabelScorer(wordHashEncoder());
    const embedding = embeddingOf(textVector('irregular'));
    const [score] = await scorer.classify({ embedding, labels: [{ ...label!, prompts: texts }] });
    const rows = texts.map(textVector);
    const mean = rows[0]!.map((_, index) => rows.reduce((sum, row) => sum + row[index]!, 0) / 3);
    const cosine =
      mean.reduce((sum, value, index) => sum + value * rows[2]![index]!, 0) / Math.hypot(...mean);
    expect(score!.score).toBeCloseTo(cosine, 5);
  });

  it('gives the share of the other recordings that score lower', async () => {
    const archive = mixed(false);
    const scorer = createLabelScorer(wordHashEncoder(), archiveReference(archive, knowledge));
    const [label] = labels('AFIB');
    for (const ecgId of ['sinus rhythm 3', 'atrial fibrillation 2', 'left bundle branch block 0']) {
      const { vectors } = archive.vectors(ecgId, 'rhythm');
      const request = { embedding: embeddingOf(vectors), labels: [label!], ownEcgId: ecgId };
      const [{ score, percentile }] = (await scorer.classify(request)) as [never];
      const others = [...(await archive.scoreAll('rhythm', textVector(label!.name))).values()]
        .filter((hit) => hit.ecgId !== ecgId)
        .map((hit) => hit.score);
      const lower = others.filter((other) => other < (score as number)).length;
      expect(percentile).toBeCloseTo((100 * lower) / others.length, 9);
    }
  });

  it('reaches 100 for the best of the archive and 0 for the worst', async () => {
    const archive = mixed(false);
    const scorer = createLabelScorer(wordHashEncoder(), archiveReference(archive, knowledge));
    const query = textVector('atrial fibrillation');
    const ask = async (vector: Float32Array) =>
      (await scorer.classify({ embedding: embeddingOf(vector), labels: labels('AFIB') }))[0]!;
    expect((await ask(query)).percentile).toBe(100);
    expect((await ask(query.map((value) => -value))).percentile).toBe(0);
  });

  it('decides by the share of the described recordings that the finding is stated of', async () => {
    const archive = mixed(true);
    const scorer = createLabelScorer(wordHashEncoder(), archiveReference(archive, knowledge));
    const decisions = async (text: string) => {
      const request = { embedding: embeddingOf(textVector(text)), labels: labels('SR', 'AFIB') };
      return (await scorer.classify(request)).map(({ decision, expected }) => [decision, expected]);
    };
    const sinus = { share: 60 / 80, basis: 'archive' };
    const fibrillation = { share: 15 / 80, basis: 'archive' };
    expect(await decisions('sinus rhythm')).toEqual([
      ['high', sinus],
      ['low', fibrillation],
    ]);
    expect((await decisions('atrial fibrillation'))[1]).toEqual(['high', fibrillation]);
  });

  it('counts a group by the codes of its kinds', async () => {
    const snapshot = await archiveReference(mixed(true), knowledge).snapshot();
    const ask = (conceptKey: string) =>
      snapshot.standing({ query: textVector('x'), score: 0, conceptKey });
    expect((await ask('CD')).carrierShare).toBeCloseTo(5 / 80, 9);
    expect(await ask('MI')).toMatchObject({ carrierShare: null, nearby: null });
  });

  it('reads reports where recordings have no codes', async () => {
    const random = seeded(5);
    const rows = () => [noisyVector('x', 1, random)];
    const archive = memoryArchive([
      { ecgId: 'a', rows: rows(), report: 'Vorhofflimmern, kein Linksschenkelblock' },
      { ecgId: 'b', rows: rows(), report: 'possible atrial fibrillation. RBBB' },
      { ecgId: 'c', rows: rows(), codes: ['SR'], report: 'atrial fibrillation' },
      { ecgId: 'd', rows: rows(), report: 'trace only requested.' },
    ]);
    const snapshot = await archiveReference(archive, knowledge).snapshot();
    const shareOf = async (conceptKey: string) =>
      (await snapshot.standing({ query: textVector('x'), score: 0, conceptKey })).carrierShare;
    expect(await shareOf('AFIB')).toBeCloseTo(1 / 3, 9);
    expect(await shareOf('CD')).toBeCloseTo(1 / 3, 9);
    expect(await shareOf('SR')).toBeCloseTo(1 / 3, 9);
    expect(await shareOf('CLBBB')).toBeNull();
  });

  it('counts who carries a finding among the described recordings that score alike, itself left out', async () => {
    const archive = mixed(true);
    const snapshot = await archiveReference(archive, knowledge).snapshot();
    const query = textVector('atrial fibrillation');
    const hits = await archive.scoreAll('rhythm', query);
    const ascending = [...hits.values()].sort((a, b) => a.score - b.score);
    for (const place of [0, 5, 40, 64, 70, 79]) {
      const { ecgId: ownEcgId, score } = ascending[place]!;
      const around = ascending.slice(Math.max(0, place - 10), place + 11);
      const others = around.filter((hit) => hit.ecgId !== ownEcgId);
      const { nearby } = await snapshot.standing({ query, score, conceptKey: 'AFIB', ownEcgId });
      expect([place, nearby]).toEqual([
        place,
        {
          carrierCount: others.filter((hit) => hit.ecgId.startsWith('atrial')).length,
          count: others.length,
        },
      ]);
    }
  });

  it('decides nothing against fewer than 20 others', async () => {
    const archive = memoryArchive(recordings('sinus rhythm', 19));
    const scorer = createLabelScorer(wordHashEncoder(), archiveReference(archive, knowledge));
    const embedding = embeddingOf(textVector('sinus rhythm'));
    const [score] = await scorer.classify({ embedding, labels: labels('SR') });
    expect(score).toMatchObject({ percentile: 100, decision: null });
  });

  it('encodes and scores a label once, and again when the archive has changed', async () => {
    const archive = mixed(false);
    const encoder = wordHashEncoder();
    const scorer = createLabelScorer(encoder, archiveReference(archive, knowledge));
    const request = { embedding: embeddingOf(textVector('x')), labels: labels('AFIB', 'SR') };
    await scorer.classify(request);
    await scorer.classify(request);
    expect(encoder.encoded).toHaveLength(2);
    expect(archive.scoreAllCount()).toBe(2);
    archive.add({ ecgId: 'new', rows: [textVector('atrial fibrillation')] });
    await scorer.classify(request);
    expect(archive.scoreAllCount()).toBe(4);
    expect(encoder.encoded).toHaveLength(2);
  });

  it('refuses vectors of another model, another length or no shared level', async () => {
    const other = { ...MODEL, hash: 'other', version: '2' };
    const reference = archiveReference(memoryArchive([], other), knowledge);
    expect(() => createLabelScorer(wordHashEncoder(), reference)).toThrow(/archive was made by/);
    const scorer = createLabelScorer(wordHashEncoder());
    const long = { embedding: embeddingOf(new Float32Array(DIM + 1)), labels: labels('SR') };
    await expect(scorer.classify(long)).rejects.toMatchObject({ code: 'model.mismatch' });
    const none = {
      embedding: { levels: [], rPeakSamples: new Int32Array() },
      labels: labels('SR'),
    };
    await expect(scorer.classify(none)).rejects.toMatchObject({ code: 'query.level' });
    const apart = { ...MODEL, levels: { rhythm: { dim: DIM, sharedWithText: false } } };
    const deaf = createLabelScorer(wordHashEncoder(apart));
    const request = { embedding: embeddingOf(textVector('x')), labels: labels('SR') };
    await expect(deaf.classify(request)).rejects.toMatchObject({ code: 'model.feature' });
  });

  it('stops for a caller who has given up', async () => {
    const scorer = createLabelScorer(wordHashEncoder());
    const embedding = embeddingOf(textVector('x'));
    const signal = AbortSignal.abort();
    const request = { embedding, labels: labels('SR'), signal };
    await expect(scorer.classify(request)).rejects.toMatchObject({ code: 'request.aborted' });
  });
});

describe('topFindings', () => {
  it.each([
    ['left bundle branch block 2', 'CLBBB'],
    ['atrial fibrillation 4', 'AFIB'],
    ['sinus rhythm 9', 'SR'],
  ])(
    'puts first what %s shows, and keeps of what excludes each other the stronger',
    async (ecgId, key) => {
      const archive = mixed(true);
      const scorer = createLabelScorer(wordHashEncoder(), archiveReference(archive, knowledge));
      const embedding = embeddingOf(archive.vectors(ecgId, 'rhythm').vectors);
      const all = {
        embedding,
        ownEcgId: ecgId,
        labels: defineLabels(knowledge, 'default', { mode: 'name' }),
      };
      const findings = await scorer.topFindings(all, 71);
      const keys = findings.map((finding) => finding.key);
      expect(keys.slice(0, 3)).toContain(key);
      for (const finding of findings) {
        for (const other of keys) expect(finding.concept!.excludes).not.toContain(other);
      }
      expect((await scorer.topFindings(all, 3)).map((finding) => finding.key)).toEqual(
        keys.filter((_, at) => at < 3 || findings[at]!.decision === 'high'),
      );
    },
  );

  it('leaves out nothing that is high, unless something stronger excludes it', async () => {
    const archive = mixed(false);
    const scorer = createLabelScorer(wordHashEncoder(), archiveReference(archive, knowledge));
    const embedding = embeddingOf(archive.vectors('left bundle branch block 2', 'rhythm').vectors);
    const labels = defineLabels(knowledge, 'default', { mode: 'name' });
    const ranked = await scorer.topFindings({ embedding, labels }, labels.length);
    const high = ranked.filter(({ decision }) => decision === 'high').map(({ key }) => key);
    const kept = await scorer.topFindings({ embedding, labels }, 1);
    expect(high.length).toBeGreaterThan(1);
    expect(kept.map(({ key }) => key)).toEqual(expect.arrayContaining(high));
  });

  it('ranks by percentile in an archive that describes no recording', async () => {
    const archive = mixed(false);
    const scorer = createLabelScorer(wordHashEncoder(), archiveReference(archive, knowledge));
    const embedding = embeddingOf(archive.vectors('sinus rhythm 9', 'rhythm').vectors);
    const request = { embedding, labels: labels('LVH', 'SR', 'PVC', 'CLBBB', 'INVT') };
    const findings = await scorer.topFindings(request, 5);
    const percentiles = findings.map(({ percentile }) => percentile!);
    expect(percentiles).toEqual([...percentiles].sort((a, b) => b - a));
    for (const { nearby } of findings) expect(nearby).toBeNull();
  });

  it('ranks by cosine without an archive', async () => {
    const scorer = createLabelScorer(wordHashEncoder());
    const embedding = embeddingOf(textVector('sinus bradycardia'));
    const request = { embedding, labels: labels('LVH', 'SBRAD', 'CLBBB') };
    const scores = (await scorer.topFindings(request, 3)).map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect((await scorer.topFindings(request, 1))[0]!.key).toBe('SBRAD');
  });
});

describe('decide', () => {
  it.each([
    [95, 1000, 0.051, 'high'],
    [96, 100, null, 'high'],
    [95, 100, null, 'possible'],
    [91, 100, null, 'possible'],
    [89, 100, null, 'low'],
    [21, 150, 0.8, 'high'],
    [100, 20, null, 'high'],
    [100, 150, 0.001, 'high'],
    [98, 1000, 0.001, 'low'],
    [98.5, 1000, 0.001, 'possible'],
  ])('takes percentile %f of %i with a share of %s as %s', (percentile, count, share, decision) => {
    expect(decide({ percentile, count }, expectedShare(share))).toBe(decision);
  });

  it('never ranks a higher percentile lower', () => {
    const percentile = fc.double({ min: 0, max: 100, noNaN: true });
    const share = fc.option(fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(percentile, percentile, share, fc.nat(1e6), (a, b, carriers, count) => {
        const expected = expectedShare(carriers);
        const ranks = [a, b]
          .sort((x, y) => x - y)
          .map((one) => relativeRank({ percentile: one, count }, expected));
        expect(ranks[1]).toBeLessThanOrEqual(ranks[0]!);
      }),
      { seed: 7 },
    );
  });
});

describe('vectors', () => {
  it('has a mean of length 1, and refuses texts that cancel out', () => {
    const random = seeded(3);
    const rows = Float32Array.from({ length: 5 * 8 }, () => random() - 0.5);
    expect(Math.hypot(...meanVector(rows, 1, 3, 8))).toBeCloseTo(1, 6);
    expect(() => meanVector(Float32Array.of(1, 0, -1, 0), 0, 2, 2)).toThrow(/cancel/);
  });

  it('finds the best row', () => {
    const level = rhythmLevel([Float32Array.of(1, 0), Float32Array.of(0, 1)]);
    expect(bestCosine(level, Float32Array.of(0.6, 0.8))).toBeCloseTo(0.8, 6);
  });
});
