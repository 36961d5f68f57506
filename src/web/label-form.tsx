/** Defining a label in words, or changing one: its sentence, other wordings, what it needs and rules out. */
import { useEffect, useState } from 'preact/hooks';
import { postLabel } from './api.js';
import type { OwnLabel } from './api-types.js';
import { Failure } from './notices.js';
import { type Problem, problemFrom } from './problem.js';

interface LabelFormProps {
  /** The label to change; undefined for a new one. */
  readonly label: OwnLabel | undefined;
  readonly onSaved: (key: string) => void;
}

const TEXT_LENGTH = 8000;

interface Draft {
  readonly text: string;
  readonly synonyms: string;
  readonly requires: string;
  readonly excludes: string;
}

const draftOf = (label: OwnLabel | undefined): Draft => ({
  text: label?.text ?? '',
  synonyms: label?.synonyms.join('\n') ?? '',
  requires: label?.requires.join(', ') ?? '',
  excludes: label?.excludes.join(', ') ?? '',
});

const parts = (text: string, separator: RegExp) =>
  text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');

export function LabelForm({ label, onSaved }: LabelFormProps) {
  const [draft, setDraft] = useState(draftOf(label));
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  // The fields follow the label that is shown, and its version.
  useEffect(() => {
    setDraft(draftOf(label));
    setProblem(undefined);
  }, [label?.key, label?.version]);
  const change = (name: keyof Draft) => (event: { currentTarget: { value: string } }) =>
    setDraft({ ...draft, [name]: event.currentTarget.value });
  const save = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      const saved = await postLabel({
        text: draft.text.trim(),
        synonyms: parts(draft.synonyms, /\n/),
        requires: parts(draft.requires, /,/),
        excludes: parts(draft.excludes, /,/),
        ...(label && { key: label.key }),
      });
      setProblem(undefined);
      onSaved(saved.key);
    } catch (error) {
      setProblem(problemFrom(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="label-form" onSubmit={save}>
      <label class="field">
        <span>Name or sentence</span>
        <textarea
          name="text"
          rows={2}
          required
          maxLength={TEXT_LENGTH}
          placeholder="ST elevation in V1-V3 with coved shape"
          value={draft.text}
          onInput={change('text')}
        />
      </label>
      <label class="field">
        <span>Other wordings, one a line; averaged with it</span>
        <textarea name="synonyms" rows={2} value={draft.synonyms} onInput={change('synonyms')} />
      </label>
      <label class="field">
        <span>Only with (findings, joined by commas)</span>
        <input name="requires" type="text" value={draft.requires} onInput={change('requires')} />
      </label>
      <label class="field">
        <span>Never with</span>
        <input name="excludes" type="text" value={draft.excludes} onInput={change('excludes')} />
      </label>
      <button type="submit" class="button primary" disabled={busy || draft.text.trim() === ''}>
        {label ? 'Save as a new version' : 'Define the label'}
      </button>
      {problem ? <Failure problem={problem} /> : null}
    </form>
  );
}
