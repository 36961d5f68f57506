/** What measurements and other findings say for or against a label. */
import type { LabelCheck } from './api-types.js';

interface CheckListProps {
  readonly checks: readonly LabelCheck[] | undefined;
  readonly kind: 'for' | 'against';
}

export function CheckList({ checks, kind }: CheckListProps) {
  if (checks === undefined || checks.length === 0) return null;
  return (
    <ul
      class={`checks ${kind}`}
      aria-label={kind === 'for' ? 'Speaks for it' : 'Speaks against it'}
    >
      {checks.map(({ message }) => (
        <li key={message}>
          <span class="tag">{kind}</span> {message}
        </li>
      ))}
    </ul>
  );
}
