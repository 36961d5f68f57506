/** The part of the composition root that puts labels together: where they are kept and who scores them. */
import { join, resolve } from 'node:path';
import type { Archive, LabelShelf } from './archive/ports.js';
import type { Config } from './config.js';
import { PqrError } from './ecg/errors.js';
import type { Knowledge } from './knowledge/knowledge.js';
import type { LlmClient } from './llm/port.js';
import { type Enricher, LabelBook } from './server/label-book.js';
import { enrich, loadEnrichTemplate } from './zeroshot/enrich.js';
import { fileLabelShelf } from './zeroshot/label-file.js';
import { loadOwnTemplate } from './zeroshot/own-label-texts.js';
import { OwnLabels } from './zeroshot/own-labels.js';
import { PromptCache } from './zeroshot/prompt-cache.js';
import { loadPromptTemplate } from './zeroshot/prompts.js';

/** Where the user's own labels are kept. */
export interface LabelPlace {
  readonly archiveFolder?: string;
  readonly labelFile?: string;
}

export interface LabelParts {
  readonly config: Config;
  readonly knowledge: Knowledge;
  readonly llm: LlmClient | undefined;
  /** Where labels of the user's own are kept. */
  readonly shelf: LabelShelf | undefined;
}

export async function makeLabelBook(parts: LabelParts): Promise<LabelBook> {
  const { config, knowledge, shelf } = parts;
  const { promptsFolder } = config;
  const template = await loadPromptTemplate(join(promptsFolder, 'compose-1.json'));
  const made = await makeEnricher(parts);
  const enricher = made && { enricher: made };
  const own = shelf && {
    own: new OwnLabels({
      ...{ shelf, knowledge, composeTemplate: template, clock: () => new Date() },
      template: await loadOwnTemplate(join(promptsFolder, 'own-1.json')),
      ...enricher,
    }),
  };
  return new LabelBook({ knowledge, template, promptsFolder, ...enricher, ...own });
}

async function makeEnricher({ config, knowledge, llm }: LabelParts): Promise<Enricher | undefined> {
  if (llm === undefined) return undefined;
  const template = await loadEnrichTemplate(join(config.promptsFolder, 'enrich-1.json'));
  const cache = new PromptCache(join(config.cacheFolder, 'prompts'));
  const parts = { knowledge, client: llm, template, cache, clock: () => new Date() };
  return (subject, signal) => enrich(subject, parts, signal);
}

/** Undefined where no place is named. @throws `usage.invalid` where two are */
export async function labelShelf(
  { archiveFolder, labelFile }: LabelPlace,
  openArchive: (folder: string) => Promise<Archive & { readonly labels: LabelShelf }>,
): Promise<LabelShelf | undefined> {
  if (archiveFolder !== undefined && labelFile !== undefined) {
    throw new PqrError('usage.invalid', 'Own labels are in an archive or in a file, not in both.');
  }
  if (labelFile !== undefined) return fileLabelShelf(resolve(labelFile));
  return archiveFolder === undefined ? undefined : (await openArchive(archiveFolder)).labels;
}
