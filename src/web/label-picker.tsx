/** Picks labels to score: type to narrow the list, tick, see the ticked ones as tags. */
import { useState } from 'preact/hooks';
import { getLabels } from './api.js';
import type { Label } from './api-types.js';
import { findLabels } from './label-choice.js';
import { Failure, Loading } from './notices.js';
import { useLoad } from './use-load.js';

interface LabelPickerProps {
  /** Label keys; none means the default labels. */
  readonly chosen: readonly string[];
  readonly onChoose: (chosen: readonly string[]) => void;
}

export function LabelPicker({ chosen, onChoose }: LabelPickerProps) {
  const [open, setOpen] = useState(false);
  return (
    <div class="picker">
      <p class="picker-line">
        <button type="button" class="button" aria-expanded={open} onClick={() => setOpen(!open)}>
          Choose labels
        </button>
        {chosen.map((key) => (
          <button
            key={key}
            type="button"
            class="chip removable"
            aria-label={`Remove ${key}`}
            onClick={() => onChoose(chosen.filter((one) => one !== key))}
          >
            {key} <span aria-hidden="true">{'\u00d7'}</span>
          </button>
        ))}
        {chosen.length > 0 ? (
          <button type="button" class="link" onClick={() => onChoose([])}>
            All default labels
          </button>
        ) : null}
      </p>
      {open ? <LabelList chosen={chosen} onChoose={onChoose} /> : null}
    </div>
  );
}

function LabelList({ chosen, onChoose }: LabelPickerProps) {
  const [text, setText] = useState('');
  const labels = useLoad('labels', getLabels);
  if (labels.status === 'failed') return <Failure problem={labels.problem} retry={labels.retry} />;
  if (labels.status !== 'ready') return <Loading what="Reading the labels" />;
  const found = findLabels(labels.value, text);
  const toggle = (key: string) =>
    onChoose(chosen.includes(key) ? chosen.filter((one) => one !== key) : [...chosen, key]);
  return (
    <fieldset class="label-list">
      <legend class="visually-hidden">Labels to score</legend>
      <input
        type="search"
        aria-label="Narrow the labels"
        placeholder="Name, abbreviation or code"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <ul>
        {found.map((label) => (
          <LabelOption
            key={label.key}
            label={label}
            checked={chosen.includes(label.key)}
            onToggle={() => toggle(label.key)}
          />
        ))}
      </ul>
      {found.length === 0 ? <p class="quiet">No label has this name or code.</p> : null}
    </fieldset>
  );
}

interface LabelOptionProps {
  readonly label: Label;
  readonly checked: boolean;
  readonly onToggle: () => void;
}

function LabelOption({ label, checked, onToggle }: LabelOptionProps) {
  return (
    <li>
      <label>
        <input type="checkbox" checked={checked} onChange={onToggle} /> {label.name}{' '}
        <span class="quiet">
          {label.key} {'\u00b7'} {label.set}
        </span>
      </label>
    </li>
  );
}
