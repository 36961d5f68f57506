/**
 * Checks the knowledge base: `npm run knowledge:check [FOLDER]`. Prints each broken rule, a count of what
 * there is, and exits 1 where a rule is broken. The rules are in src/knowledge/lint.ts.
 */
import { join } from 'node:path';
import { PqrError } from '../src/ecg/errors.js';
import { DATA_LABEL_SETS } from '../src/knowledge/concept.js';
import { lintKnowledge } from '../src/knowledge/lint.js';
import { loadKnowledge, loadKnownCodes } from '../src/knowledge/load.js';

const folder = process.argv[2] ?? join(import.meta.dirname, '..', 'knowledge');
try {
  const { concepts, sources, labels } = await loadKnowledge(folder);
  const broken = lintKnowledge({ concepts, sources, codes: await loadKnownCodes(folder) });
  for (const rule of broken) console.error(rule);
  const criteria = concepts.flatMap((concept) => concept.criteria ?? []).length;
  const findings = concepts.flatMap((concept) => concept.leadFindings ?? []).length;
  const sets = DATA_LABEL_SETS.map((set) => `${set} ${labels[set].size}`).join(', ');
  console.log(
    `${concepts.length} entries, ${criteria} criteria, ${findings} lead-wise findings, ` +
      `${Object.keys(sources).length} sources; ${sets}; broken rules: ${broken.length}`,
  );
  process.exitCode = broken.length > 0 ? 1 : 0;
} catch (error) {
  if (!PqrError.isInstance(error)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
