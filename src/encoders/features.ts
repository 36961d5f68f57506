/** What a model can do beyond finding ECGs like a given one, and how a feature that it lacks is refused. */
import { PqrError } from '../ecg/errors.js';
import type { Manifest } from './manifest.js';
import type { ModelIdentity, TextEncoder } from './ports.js';

export const FEATURES = ['text', 'words', 'sentences', 'beats', 'attention', 'captions'] as const;
export type Feature = (typeof FEATURES)[number];

/** What a user goes without where a model lacks the feature. */
const SERVES: Readonly<Record<Feature, string>> = {
  text: 'search by words, classify, report',
  words: 'single words of a question at level token',
  sentences: 'a question sentence by sentence at level beat-query',
  beats: '--level beat and --beat',
  attention: 'where on the trace the model looked',
  captions: 'caption',
};

const HAS: Readonly<Record<Feature, (manifest: Manifest) => boolean>> = {
  text: ({ text }) => text !== undefined,
  words: ({ text }) => text?.wordOutput !== undefined,
  sentences: ({ text }) => text?.sentences !== undefined,
  beats: ({ levels }) => levels.beat !== undefined,
  attention: ({ levels }) => levels.rhythm.attentionCellSamples !== undefined,
  captions: ({ decoder }) => decoder !== undefined,
};

export function featuresOf(manifest: Manifest): Feature[] {
  return FEATURES.filter((feature) => HAS[feature](manifest));
}

/** The features that a model lacks, each with what it would serve. */
export function lackingFeaturesOf(manifest: Manifest): { feature: Feature; serves: string }[] {
  return FEATURES.filter((feature) => !HAS[feature](manifest)).map((feature) => ({
    feature,
    serves: SERVES[feature],
  }));
}

const OTHER_MODEL =
  'Or choose another model (--model): `pqrsearch models list` says what each can do.';

const WITHOUT_TEXT =
  'It finds recordings like a given one (--like FILE), and reports by their words (--level text).';

/** `model.feature`: this model compares no words with ECGs. */
export function lacksText({ name }: ModelIdentity): PqrError {
  return new PqrError(
    'model.feature',
    `Model ${name} has no text side: search by words, labels and drafts need one.`,
    { hint: `${WITHOUT_TEXT} ${OTHER_MODEL}` },
  );
}

/** `model.feature`: this model has the level, but compares no words with its vectors. */
export function comparesNoText(model: ModelIdentity, level: string): PqrError {
  const shared = Object.entries(model.levels).filter(([, info]) => info.sharedWithText);
  if (shared.length === 0) return lacksText(model);
  const names = shared.map(([name]) => name).join(', ');
  return new PqrError(
    'model.feature',
    `Model ${model.name} compares no words with its ${level} vectors.`,
    { hint: `Levels for words: ${names}. Without words, ${level} takes --like FILE.` },
  );
}

/** `model.feature`: this model knows no single heartbeats. */
export function lacksBeats({ name, levels }: ModelIdentity): PqrError {
  const queries = levels['beat-query'] ? ', and its beat-query vectors belong to no heartbeat' : '';
  return new PqrError('model.feature', `Model ${name} has no beat level${queries}.`, {
    hint: `Leave --beat (beat= in a request) out. ${OTHER_MODEL}`,
  });
}

/** The text encoder of a model without one: every text is refused with `model.feature`. */
export function absentTextEncoder(model: ModelIdentity): TextEncoder {
  return {
    model,
    dim: model.levels.rhythm?.dim ?? 0,
    encode: () => Promise.reject(lacksText(model)),
    close: () => Promise.resolve(),
  };
}
