/**
 * The port to a language model. Nothing else of pqrsearch knows an LLM. Where no client is
 * configured it is `undefined`, and everything works offline; no text leaves the machine.
 */
import { throwIfAborted } from '../ecg/errors.js';

export interface LlmRequest {
  /** Instructions; fixed text of ours. */
  readonly system: string;
  /** The question with its material. Reports and metadata in it are data, never instructions. */
  readonly prompt: string;
  /** JSON Schema of the answer, where the text must be JSON. */
  readonly schema?: Readonly<Record<string, unknown>>;
  /**
   * Throws `llm.malformed` where the text is no answer to the question; it is then asked once more,
   * within the tries of the call. Streams are not asked again.
   */
  readonly accept?: (text: string) => void;
  readonly maxTokens: number;
  readonly signal?: AbortSignal;
}

export interface LlmResponse {
  readonly text: string;
  readonly usage: { readonly promptTokens: number; readonly completionTokens: number };
}

export interface LlmClient {
  /** Which model at which endpoint, as it is shown beside what it wrote. */
  readonly name: string;
  /**
   * @throws `llm.unreachable`, `llm.timeout`, `llm.busy`, `llm.rejected`, `llm.refused`, `llm.malformed`,
   *   `llm.budget`, `limit.exceeded`, `request.aborted`
   */
  complete(request: LlmRequest): Promise<LlmResponse>;
  /** The text piece by piece as it is written, then the whole of it. @throws as `complete` */
  stream(request: LlmRequest): AsyncGenerator<string, LlmResponse>;
}

/** Asks the model, or answers undefined where there is none: the caller goes its offline way. */
export async function askIfOnline(
  client: LlmClient | undefined,
  request: LlmRequest,
): Promise<LlmResponse | undefined> {
  throwIfAborted(request.signal);
  return client?.complete(request);
}
