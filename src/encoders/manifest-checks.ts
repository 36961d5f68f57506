/** Whether the parts of a manifest fit each other: what a schema of single fields cannot say. */
import type { Manifest } from './manifest.js';

export interface Contradiction {
  /** Dotted path, as zod's. */
  readonly field: string;
  readonly why: string;
}

/** The first contradiction of a manifest that fits the schema; undefined where there is none. */
export function contradictionIn(manifest: Manifest): Contradiction | undefined {
  return (
    unlistedFile(manifest) ??
    inputContradiction(manifest) ??
    levelContradiction(manifest) ??
    decoderContradiction(manifest)
  );
}

function unlistedFile({ ecg, text, decoder, files }: Manifest): Contradiction | undefined {
  const listed = new Set(files.map((file) => file.path));
  const used = [ecg.file];
  if (text) used.push(text.file, text.projection.file, `${text.tokenizer}/tokenizer.json`);
  if (text?.sentences) used.push(text.sentences.projection.file);
  if (decoder) used.push(decoder.file, decoder.vocabulary);
  const missing = used.find((path) => !listed.has(path));
  if (missing === undefined) return undefined;
  return { field: 'files', why: `${missing} is used but not listed in files` };
}

/** An input that the rules of the manifest fill must be there, and one that nothing fills must not. */
function inputContradiction({ ecg, levels }: Manifest): Contradiction | undefined {
  const { inputs, missingLead } = ecg;
  if ((missingLead === 'zeros-and-mask') !== (inputs.leadMask !== undefined)) {
    return { field: 'ecg.inputs.leadMask', why: `it does not go with missingLead ${missingLead}` };
  }
  if ((levels.beat !== undefined) !== (inputs.beatSpans !== undefined)) {
    return { field: 'ecg.inputs.beatSpans', why: 'it goes with a beat level, and only with one' };
  }
  if (ecg.hopSamples > ecg.sampleCount) {
    return { field: 'ecg.hopSamples', why: `it is larger than sampleCount ${ecg.sampleCount}` };
  }
  return undefined;
}

function levelContradiction({ kind, text, levels }: Manifest): Contradiction | undefined {
  if (kind === 'pqr' && !text) return { field: 'text', why: 'kind pqr has a text side' };
  if (levels.rhythm.sharedWithText !== (text !== undefined)) {
    return {
      field: 'levels.rhythm.sharedWithText',
      why: 'it is true with a text side, else false',
    };
  }
  for (const [name, level] of Object.entries(levels)) {
    if (!level?.sharedWithText || level.dim === levels.rhythm.dim) continue;
    return { field: `levels.${name}.dim`, why: `texts have ${levels.rhythm.dim} numbers` };
  }
  const { token } = levels;
  if (token && (token.cellSamples === undefined) === (token.count === undefined)) {
    return { field: 'levels.token', why: 'either cellSamples or count is needed' };
  }
  return undefined;
}

/** The decoder cuts words with the text tokenizer and reads one vector a time cell. */
function decoderContradiction({ decoder, text, levels }: Manifest): Contradiction | undefined {
  if (!decoder || (text && levels.token?.cellSamples !== undefined)) return undefined;
  return { field: 'decoder', why: 'it needs a text side and a token level of time cells' };
}
