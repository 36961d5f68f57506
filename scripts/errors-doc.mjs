// Writes docs/errors.md from the error table of the built package: npm run build && node scripts/errors-doc.mjs
import { writeFileSync } from 'node:fs';
import { ERROR_TABLE } from '../dist/ecg/errors.js';

const rows = Object.entries(ERROR_TABLE).map(
  ([code, { httpStatus, exitCode, retryable, title }]) =>
    `| \`${code}\` | ${httpStatus} | ${exitCode} | ${retryable ? 'yes' : 'no'} | ${title} |`,
);
const text = `# Error codes

Every error has one of these codes, in the problem+json of the service (\`code\`), on the last line that the
command prints, and in \`failed[].code\` of \`pqrsearch index --json\`. "Retry": trying again can help.
This page is written by \`node scripts/errors-doc.mjs\`; a test compares it with the table in the code.

| Code | HTTP | Exit | Retry | Meaning |
|---|---|---|---|---|
${rows.join('\n')}

Exit codes: 0 done, 1 some inputs failed or the work was cancelled, 2 usage, 3 bad input, 4 not found, 5 internal.
`;
writeFileSync(new URL('../docs/errors.md', import.meta.url), text);
