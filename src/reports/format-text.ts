/** A draft as plain text: sections with evidence ids, then the evidence, then the disclaimer. */
import type { ReportDraft } from './ports.js';

export function formatText(draft: ReportDraft): string {
  const sections = draft.sections.flatMap(({ name, sentences }) => [
    name.toUpperCase(),
    ...sentences.map(({ text, evidence }) => `  ${text} [${evidence.join(', ')}]`),
    '',
  ]);
  const evidence = draft.evidence.map(({ id, text }) => `  ${id.padEnd(4)} ${text}`);
  const dropped = draft.dropped.map(({ text, message }) => `  ${text} (${message})`);
  return [
    `ECG REPORT - DRAFT, NOT A DIAGNOSIS`,
    `ECG ${draft.ecgId}${draft.recordedAt ? `, recorded ${draft.recordedAt}` : ''}`,
    '',
    ...sections,
    'EVIDENCE',
    ...evidence,
    '',
    ...(dropped.length > 0 ? ['LEFT OUT (did not pass the checks)', ...dropped, ''] : []),
    draft.disclaimer,
    '',
  ].join('\n');
}
