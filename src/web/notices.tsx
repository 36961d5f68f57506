/** Loading, empty, warning and failure, the same everywhere. */
import type { ComponentChildren } from 'preact';
import type { Problem } from './problem.js';

export function Loading({ what }: { what: string }) {
  return (
    <p class="loading" role="status">
      <span class="spinner" aria-hidden="true" />
      {what}
    </p>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

export function Warning({ children }: { children: ComponentChildren }) {
  return <div class="notice warning">{children}</div>;
}

/** A failure: what, why, what to do, and a way to try again where that can help. */
export function Failure({ problem, retry }: { problem: Problem; retry?: () => void }) {
  return (
    <div class="notice failure" role="alert">
      <p class="notice-title">{problem.title}</p>
      {problem.detail === '' ? null : <p>{problem.detail}</p>}
      {problem.hint === undefined ? null : <p class="hint">{problem.hint}</p>}
      {retry && problem.retryable ? (
        <button type="button" class="button" onClick={retry}>
          Try again
        </button>
      ) : null}
    </div>
  );
}
