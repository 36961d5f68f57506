/** A report draft as plain text, for the clipboard: its status and its disclaimer go with it. */
import type { ReportDraft } from './api-types.js';

export function draftText({ status, sections, disclaimer }: ReportDraft): string {
  const parts = sections.map(
    ({ name, sentences }) => `${name}\n${sentences.map(({ text }) => text).join(' ')}`,
  );
  return [`ECG report (${status})`, ...parts, disclaimer].join('\n\n');
}
