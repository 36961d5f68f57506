/**
 * What one process may spend on a language model: calls and tokens. A call reserves what it can cost
 * before it is made, so that calls side by side cannot overspend together.
 */
import { PqrError } from '../ecg/errors.js';

export interface LlmBudgetLimits {
  readonly callCount: number;
  readonly tokenCount: number;
}

export class LlmBudget {
  private readonly limits: LlmBudgetLimits;
  private calls = 0;
  private tokens = 0;

  constructor(limits: LlmBudgetLimits) {
    this.limits = limits;
  }

  /** Calls made, and tokens spent or reserved. */
  get spent(): LlmBudgetLimits {
    return { callCount: this.calls, tokenCount: this.tokens };
  }

  /**
   * Takes one call of at most `tokenCount` tokens.
   * @returns what is called with the tokens it did cost; undefined leaves the reservation spent
   * @throws `llm.budget`
   */
  reserve(tokenCount: number): (costTokens: number | undefined) => void {
    const { callCount, tokenCount: allowed } = this.limits;
    if (this.calls >= callCount) {
      throw exhausted(`${this.calls} calls were made, ${callCount} are allowed`);
    }
    if (this.tokens + tokenCount > allowed) {
      const left = allowed - this.tokens;
      throw exhausted(`a call of up to ${tokenCount} tokens is asked for, ${left} are left`);
    }
    this.calls += 1;
    this.tokens += tokenCount;
    return (costTokens) => {
      if (costTokens !== undefined) this.tokens += costTokens - tokenCount;
    };
  }
}

function exhausted(told: string): PqrError {
  return new PqrError('llm.budget', `The budget for the language model is used up: ${told}.`, {
    hint: 'Raise PQRSEARCH_LLM_CALLS or PQRSEARCH_LLM_TOKENS, or start again.',
  });
}
