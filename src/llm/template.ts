/**
 * Prompt templates as LangChain runnables: fields in, instructions and question out. Fields are put into
 * the question only; what they hold is never read as a template or as an instruction of ours.
 */
import { ChatPromptTemplate } from '@langchain/core/prompts';
import { RunnableLambda } from '@langchain/core/runnables';
import { PqrError } from '../ecg/errors.js';
import { Sealed } from './sealed.js';

export interface LlmTemplate {
  readonly version: string;
  /** Instructions, without fields. */
  readonly system: string;
  /** The question; `{field}` stands for a field, `{{` for a brace. */
  readonly prompt: string;
}

export type TemplateFields = Readonly<Record<string, string>>;

/**
 * The first step of a chain. Input and output are sealed (sealed.ts).
 * @throws `prompts.invalid` for a template that is none, or whose fields are not `fields`
 */
export function templateRunnable(
  template: LlmTemplate,
  fields: readonly string[],
): RunnableLambda<Sealed<TemplateFields>, Sealed<{ system: string; prompt: string }>> {
  const chat = parsed(template);
  const found = [...chat.inputVariables].sort().join(', ');
  const wanted = [...fields].sort().join(', ');
  if (found !== wanted) {
    throw new PqrError(
      'prompts.invalid',
      `Template ${template.version} has the fields ${found || 'none'}; ${wanted} are needed.`,
    );
  }
  return RunnableLambda.from(async (sealed: Sealed<TemplateFields>) => {
    const [system, prompt] = await chat.formatMessages({ ...sealed.open() });
    return new Sealed({ system: system!.text, prompt: prompt!.text });
  });
}

function parsed({ version, system, prompt }: LlmTemplate): ChatPromptTemplate {
  try {
    return ChatPromptTemplate.fromMessages([
      ['system', system.replaceAll('{', '{{').replaceAll('}', '}}')],
      ['human', prompt],
    ]);
  } catch (cause) {
    throw new PqrError('prompts.invalid', `Template ${version} cannot be read.`, { cause });
  }
}
