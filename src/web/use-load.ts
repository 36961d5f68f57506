/** Loading something by key: idle, loading, ready or failed; a newer key cancels the older call. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import { type Problem, problemFrom } from './problem.js';

export type Load<T> = (
  | { readonly status: 'idle' }
  | { readonly status: 'loading' }
  | { readonly status: 'ready'; readonly value: T }
  | { readonly status: 'failed'; readonly problem: Problem }
) & { readonly retry: () => void };

type Settled<T> = { key: string } & ({ value: T } | { problem: Problem });

const KEPT_COUNT = 60;
/** Answers by key, newest last: going back shows them at once. */
const kept = new Map<string, unknown>();

/**
 * @param key what is loaded; null for nothing. The same key is loaded once and then kept.
 */
export function useLoad<T>(key: string | null, load: (signal: AbortSignal) => Promise<T>): Load<T> {
  const [settled, setSettled] = useState<Settled<T> | undefined>(undefined);
  const [attempt, setAttempt] = useState(0);
  const retry = useCallback(() => setAttempt((count) => count + 1), []);

  // `key` names what `load` loads, so `load` itself is no dependency.
  useEffect(() => {
    if (key === null || kept.has(key)) return;
    const controller = new AbortController();
    setSettled(undefined);
    load(controller.signal).then(
      (value) => {
        keep(key, value);
        if (!controller.signal.aborted) setSettled({ key, value });
      },
      (error: unknown) => {
        if (!controller.signal.aborted) setSettled({ key, problem: problemFrom(error) });
      },
    );
    return () => controller.abort();
  }, [key, attempt]);

  if (key === null) return { status: 'idle', retry };
  if (kept.has(key)) return { status: 'ready', value: kept.get(key) as T, retry };
  if (settled?.key !== key) return { status: 'loading', retry };
  if ('problem' in settled) return { status: 'failed', problem: settled.problem, retry };
  return { status: 'ready', value: settled.value, retry };
}

/** What is loaded under keys that begin so has changed: it is loaded again when it is next shown. */
export function forget(prefix: string): void {
  for (const key of [...kept.keys()]) if (key.startsWith(prefix)) kept.delete(key);
}

function keep(key: string, value: unknown): void {
  kept.set(key, value);
  const oldest = kept.keys().next().value;
  if (kept.size > KEPT_COUNT && oldest !== undefined) kept.delete(oldest);
}
