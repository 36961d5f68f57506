/** Search by moments over real recordings, against late interaction computed here in the plainest way. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenArchive } from '../../src/archive/open.js';
import type { LevelVectors, TextEncoder } from '../../src/encoders/ports.js';
import { interact } from '../../src/search/late-interaction.js';
import { questionPieces } from '../../src/search/pieces.js';
import type { SearchRequest } from '../../src/search/ports.js';
import { type ConceptLookup, understandQuery } from '../../src/search/query.js';
import { search } from '../../src/search/search.js';
import { conceptLookup } from '../../src/server/concept-lookup.js';
import { openTinyApp, type TinyApp } from '../support/tiny-app.js';

let tiny: TinyApp;
let archive: OpenArchive;
let textEncoder: TextEncoder;
let lookup: ConceptLookup;

beforeAll(async () => {
  tiny = await openTinyApp();
  ({ archive, textEncoder } = await tiny.app.openParts(tiny.archive));
  lookup = conceptLookup(await tiny.app.knowledge());
});
afterAll(() => tiny.close());

const find = (request: Partial<SearchRequest>) =>
  search(
    { archive, textEncoder, lookup },
    { k: 10, level: 'token', keepPatientRepeats: true, ...request },
  );

const cosines = ({ vectors, dim, count }: LevelVectors, vector: Float32Array): number[] =>
  Array.from({ length: count }, (_, row) =>
    vector.reduce((sum, value, column) => sum + value * vectors[row * dim + column]!, 0),
  );

const piecesOf = (text: string) =>
  questionPieces({ archive, textEncoder }, understandQuery(text, lookup));

/** Mean of the best cosines, weighted by words; the denied ones count half against. */
async function expectedScores(text: string): Promise<Map<string, number>> {
  const { sought, denied } = await piecesOf(text);
  const mean = (pieces: typeof sought, token: LevelVectors) => {
    const weights = pieces.reduce((sum, { weight }) => sum + weight, 0);
    const best = pieces.map((one) => one.weight * Math.max(...cosines(token, one.vector)));
    return weights === 0 ? 0 : best.reduce((sum, value) => sum + value, 0) / weights;
  };
  return new Map(
    archive.listIds().map((id) => {
      const token = archive.vectors(id, 'token');
      return [id, mean(sought, token) - 0.5 * mean(denied, token)];
    }),
  );
}

const best = (scores: ReadonlyMap<string, number>, k: number) =>
  [...scores].sort(([, a], [, b]) => b - a).slice(0, k);

describe('the pieces of a question', () => {
  it('are its concepts as phrases and its further words, each once', async () => {
    const { sought, denied } = await piecesOf('afib with LBBB and sinus sinus');
    expect(sought.map(({ phrase, weight }) => [phrase, weight])).toEqual([
      ['atrial fibrillation', 2],
      ['complete left bundle branch block', 5],
      ['sinus', 1],
    ]);
    expect(denied).toEqual([]);
  });

  it('leave out words that no report knows, and take the whole question where none is left', async () => {
    const { sought } = await piecesOf('show me xylophones');
    expect(sought.map(({ phrase }) => phrase)).toEqual(['show me xylophones']);
  });

  it('of a question that denies are its concepts only', async () => {
    const { sought, denied } = await piecesOf('sinus rhythm without atrial fibrillation');
    expect(sought.map(({ phrase }) => phrase)).toEqual(['sinus rhythm']);
    expect(denied).toHaveLength(1);
  });

  it('are phrases alone where the model has no word vectors', async () => {
    const { encodeWords: _, ...wordless } = {
      model: textEncoder.model,
      dim: textEncoder.dim,
      encode: textEncoder.encode.bind(textEncoder),
      encodeWords: undefined,
      close: async () => {},
    };
    const query = understandQuery('afib with sinus', lookup);
    const { sought } = await questionPieces({ archive, textEncoder: wordless }, query);
    expect(sought.map(({ phrase }) => phrase)).toEqual(['atrial fibrillation']);
  });
});

describe('search at token level', () => {
  it.each([
    'atrial fibrillation',
    'atrial fibrillation with left bundle branch block',
    'sinus rhythm without atrial fibrillation',
    'no atrial fibrillation',
    'normal sinus',
  ])('ranks "%s" as late interaction over every recording does', async (text) => {
    const { hits } = await find({ text });
    const expected = best(await expectedScores(text), 10);
    expect(hits).toHaveLength(10);
    for (const [rank, hit] of hits.entries()) expect(hit.score).toBeCloseTo(expected[rank]![1], 3);
    expect(new Set(hits.map(({ ecgId }) => ecgId))).toEqual(new Set(expected.map(([id]) => id)));
  });

  it('names each phrase and the seconds of its best cell', async () => {
    const text = 'atrial fibrillation with left bundle branch block';
    const { sought } = await piecesOf(text);
    for (const { ecgId, evidence } of (await find({ text, k: 5 })).hits) {
      const token = archive.vectors(ecgId, 'token');
      expect(evidence.map(({ phrase }) => phrase)).toEqual(sought.map(({ phrase }) => phrase));
      for (const [index, { vector }] of sought.entries()) {
        const scores = cosines(token, vector);
        const row = scores.indexOf(Math.max(...scores));
        expect(evidence[index]).toMatchObject({
          level: 'token',
          startSeconds: token.startSamples[row]! / 500,
          endSeconds: token.endSamples[row]! / 500,
        });
        expect(evidence[index]!.score).toBeCloseTo(scores[row]!, 3);
      }
    }
  });

  it('says of a denial alone no place on the trace', async () => {
    const { hits } = await find({ text: 'no atrial fibrillation', k: 1 });
    expect(hits[0]!.evidence).toEqual([
      { level: 'token', phrase: 'no atrial fibrillation', score: hits[0]!.score },
    ]);
  });

  it('finds the recording itself where it is not left out, with the moment most alike', async () => {
    const [ecgId] = archive.listIds();
    const levels = (['rhythm', 'token'] as const).map((level) => archive.vectors(ecgId!, level));
    const like = { embedding: { levels, rPeakSamples: new Int32Array(0) } };
    const { hits } = await find({ like, k: 3 });
    expect(hits[0]!.ecgId).toBe(ecgId);
    expect(hits[0]!.score).toBeCloseTo(1, 3);
    expect(hits[0]!.evidence).toHaveLength(1);
    const both = await find({ like, text: 'atrial fibrillation', k: 3 });
    expect(both.hits[0]!.evidence.map(({ phrase }) => phrase)).toContain('atrial fibrillation');
  });

  it('keeps to a filter', async () => {
    const where = [{ field: 'sex', operator: '=', value: 'female' }] as const;
    for (const text of ['sinus rhythm', 'no sinus rhythm']) {
      const { hits } = await find({ text, where });
      expect(hits.length).toBeGreaterThan(0);
      for (const { metadata } of hits) expect(metadata.sex).toBe('female');
    }
  });
});

describe('a fused search', () => {
  it('leaves tokens and late interaction out until they are measured', async () => {
    const { hits } = await find({ text: 'atrial fibrillation', level: 'fused' });
    for (const { levels } of hits) expect(levels).not.toHaveProperty('token');
  });

  it('takes the weights of a measurement, and refuses what is no weight', async () => {
    const text = 'atrial fibrillation';
    const fused = await find({ text, level: 'fused', fusion: { token: 0.5 } });
    expect(fused.hits.some(({ levels }) => levels.token !== undefined)).toBe(true);
    await expect(find({ text, level: 'fused', fusion: { token: -1 } })).rejects.toMatchObject({
      code: 'usage.invalid',
    });
  });

  it('re-scored by late interaction alone is in the order of beats and moments', async () => {
    const { hits } = await find({
      text: 'atrial fibrillation',
      level: 'fused',
      fusion: { lateInteraction: 100 },
    });
    const { sought } = await piecesOf('atrial fibrillation');
    const scores = hits.map(({ ecgId }) => {
      const levels = (['token', 'beat'] as const).map((level) => archive.vectors(ecgId, level));
      return interact({ pieces: sought, denied: [], cells: [] }, levels)!.score;
    });
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
  });
});
