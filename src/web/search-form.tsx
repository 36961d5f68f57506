/** The question: text, level, count and filter. It changes the address; the address makes the search. */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { ArchiveInfo, SearchLevel } from './api-types.js';
import { LEVEL_MEANINGS, LEVEL_NAMES } from './format.js';
import { HIT_COUNTS, isAsked, SEARCH_LEVELS, type SearchRoute } from './route.js';
import { goTo } from './use-route.js';

interface SearchFormProps {
  readonly route: SearchRoute;
  readonly info: ArchiveInfo | undefined;
}

export function SearchForm({ route, info }: SearchFormProps) {
  const [q, setQ] = useState(route.q);
  const [where, setWhere] = useState(route.where);
  const input = useRef<HTMLInputElement>(null);
  // The address may change without the form: back button, example, "more like this".
  useEffect(() => setQ(route.q), [route.q]);
  useEffect(() => setWhere(route.where), [route.where]);
  useEffect(() => {
    // Not on touch screens, where the focus would raise the keyboard.
    const types = matchMedia('(hover: hover)').matches;
    if (types && !isAsked(route)) input.current?.focus({ preventScroll: true });
  }, []);
  const submit = (event: Event) => {
    event.preventDefault();
    goTo({ ...route, q: q.trim(), where: where.trim() });
  };
  const change = (parts: Partial<SearchRoute>) => {
    const next = { ...route, q, where, ...parts };
    goTo(next, isAsked(next) ? 'push' : 'replace');
  };
  return (
    <search>
      <form class="search-form" onSubmit={submit}>
        <div class="query-row">
          <input
            ref={input}
            type="search"
            name="q"
            aria-label="What to look for"
            placeholder="Describe an ECG, in English or German"
            value={q}
            maxLength={2000}
            autoComplete="off"
            onInput={(event) => setQ(event.currentTarget.value)}
          />
          <button type="submit" class="button primary">
            Search
          </button>
        </div>
        <div class="option-row">
          <LevelChoice route={route} info={info} onChange={(level) => change({ level })} />
          <CountChoice k={route.k} onChange={(k) => change({ k })} />
          <WhereField value={where} onInput={setWhere} />
        </div>
      </form>
    </search>
  );
}

/** The levels this archive's model has; `fused` and `text` always exist. */
export function searchLevels(info: ArchiveInfo | undefined): SearchLevel[] {
  const known = (info?.levels ?? []).map((one) => (typeof one === 'string' ? one : one.level));
  return SEARCH_LEVELS.filter(
    (level) => level === 'fused' || level === 'text' || known.includes(level),
  );
}

interface LevelChoiceProps extends SearchFormProps {
  readonly onChange: (level: SearchLevel) => void;
}

function LevelChoice({ route, info, onChange }: LevelChoiceProps) {
  const levels = searchLevels(info);
  // An ECG alone has no words to look for in reports.
  const fits = (level: SearchLevel) => level !== 'text' || route.q !== '' || route.like === '';
  return (
    <fieldset class="segments">
      <legend>Compare</legend>
      {levels.map((level) => (
        <label key={level} title={LEVEL_MEANINGS[level]}>
          <input
            type="radio"
            name="level"
            value={level}
            checked={route.level === level}
            disabled={!fits(level)}
            onChange={() => onChange(level)}
          />
          <span>{LEVEL_NAMES[level]}</span>
        </label>
      ))}
    </fieldset>
  );
}

function CountChoice({ k, onChange }: { k: number; onChange: (k: number) => void }) {
  const counts = [...new Set([...HIT_COUNTS, k])].sort((a, b) => a - b);
  return (
    <label class="field">
      <span>Hits</span>
      <select value={String(k)} onChange={(event) => onChange(Number(event.currentTarget.value))}>
        {counts.map((count) => (
          <option key={count} value={String(count)}>
            {count}
          </option>
        ))}
      </select>
    </label>
  );
}

function WhereField({ value, onInput }: { value: string; onInput: (text: string) => void }) {
  const help = useId();
  return (
    <label class="field where">
      <span>Only where</span>
      <input
        type="text"
        name="where"
        value={value}
        placeholder="age>=60 and sex=male"
        spellcheck={false}
        autoComplete="off"
        autoCapitalize="off"
        maxLength={2000}
        aria-describedby={help}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <span id={help} class="visually-hidden">
        Conditions joined by and, over age, sex, patientId, recordedAt, code, format,
        durationSeconds and record. Press Enter to search.
      </span>
    </label>
  );
}
