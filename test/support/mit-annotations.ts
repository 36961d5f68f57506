/** Annotation files as tests read them: by path, and which marks are beats. */
import { readFileSync } from 'node:fs';
import { type MitAnnotation, parseMitAnnotations } from '../../src/formats/mit-annotations.js';

/** The symbols that stand for a beat (a QRS complex). */
const BEATS = new Set([...'NLRBaVFJASEj/Qenfr']);

/** @param path with the annotator's extension, e.g. `100.atr` */
export function readMitAnnotations(path: string): readonly MitAnnotation[] {
  return parseMitAnnotations(readFileSync(path)).annotations;
}

export function isBeat({ symbol }: MitAnnotation): boolean {
  return BEATS.has(symbol);
}
