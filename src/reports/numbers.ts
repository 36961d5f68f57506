/**
 * Numbers in running text, as the verifier compares them. A digit right after a letter belongs to a
 * name (V1, E3, S1Q3) and is no number. Numbers written as words are not read.
 */

/** A number as written: its value and how many decimals it shows. */
export interface WrittenNumber {
  readonly text: string;
  readonly value: number;
  readonly decimals: number;
}

const NUMBER = /(?<![\p{L}\p{N}_.])[-−+]?\d+(?:\.\d+)?/gu;

export function numbersIn(text: string): WrittenNumber[] {
  return [...text.matchAll(NUMBER)].map(([written]) => ({
    text: written,
    value: Number(written.replace('−', '-')),
    decimals: written.split('.')[1]?.length ?? 0,
  }));
}

/** True where `written` is `value` rounded to the decimals it shows. */
export function isRounded(written: WrittenNumber, value: number): boolean {
  const half = 0.5 * 10 ** -written.decimals;
  return Math.abs(written.value - value) <= half * (1 + 1e-9);
}

/** A number with at most `decimals` decimals, without trailing zeros. */
export function rounded(value: number, decimals: number): string {
  return String(Number(value.toFixed(decimals)));
}
