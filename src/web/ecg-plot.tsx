/** The trace at full width with its settings, and the way through a recording longer than a page. */
import { useState } from 'preact/hooks';
import type { ArchiveInfo, EcgAnswer } from './api-types.js';
import { durationText, shortRecord, spanText } from './format.js';
import { hasFeature } from './model-line.js';
import { latestStart, markedText, plotAddress, SHOWN_SECONDS } from './plot-address.js';
import { PlotImage } from './plot-image.js';
import {
  type EcgRoute,
  GAINS_MM_PER_MILLIVOLT,
  LAYOUTS,
  type Layout,
  SPEEDS_MM_PER_SECOND,
} from './route.js';
import { goTo } from './use-route.js';

interface EcgPlotProps {
  readonly ecg: EcgAnswer;
  readonly route: EcgRoute;
  readonly info: ArchiveInfo | undefined;
}

const LAYOUT_NAMES: Readonly<Record<Layout, string>> = {
  auto: 'Automatic',
  '3x4': '3 \u00d7 4 + rhythm',
  '6x2': '6 \u00d7 2',
  '12x1': '12 \u00d7 1',
};

export function EcgPlot({ ecg, route, info }: EcgPlotProps) {
  const [actualSize, setActualSize] = useState(false);
  const { layout, speed, gain, highlight, fiducials } = route;
  const start = Math.min(route.start, latestStart(ecg.durationSeconds));
  const canLook = hasFeature(info, 'attention');
  const attention = route.attention && canLook !== false;
  const choice = { layout, speed, gain, highlight, start, attention, fiducials };
  const end = Math.min(ecg.durationSeconds, start + SHOWN_SECONDS);
  const name = ecg.record === null ? 'the uploaded recording' : shortRecord(ecg.record);
  return (
    <section class="trace" aria-label="Trace">
      <div class="toolbar">
        <Settings route={route} />
        <label class="check">
          <input
            type="checkbox"
            checked={actualSize}
            onChange={(event) => setActualSize(event.currentTarget.checked)}
          />
          True to scale
        </label>
        <WavesSwitch route={route} />
        {canLook ? <AttentionSwitch route={route} /> : null}
        {highlight === '' ? null : (
          <span class="marked">
            <span class="mark-sample" aria-hidden="true" /> {markedText(highlight)}{' '}
            <button
              type="button"
              class="link"
              onClick={() => goTo({ ...route, highlight: '' }, 'replace')}
            >
              Clear
            </button>
          </span>
        )}
        <span class="downloads">
          <a href={plotAddress(ecg.ecgId, choice, 'svg')} download={`${fileStem(ecg)}.svg`}>
            SVG
          </a>{' '}
          <a href={plotAddress(ecg.ecgId, choice, 'png')} download={`${fileStem(ecg)}.png`}>
            PNG
          </a>
        </span>
      </div>
      <PlotImage
        src={plotAddress(ecg.ecgId, choice)}
        alt={`ECG trace of ${name}, ${spanText(start, end)}, ${speed} mm/s, ${gain} mm/mV${attention ? ', shaded where the model looked' : ''}${fiducials ? ', striped where waves lie' : ''}`}
        actualSize={actualSize}
      />
      {ecg.durationSeconds > SHOWN_SECONDS ? (
        <TimeNavigation route={route} start={start} durationSeconds={ecg.durationSeconds} />
      ) : null}
    </section>
  );
}

function WavesSwitch({ route }: { route: EcgRoute }) {
  return (
    <label class="check" title="Where P (blue), QRS (red) and T (green) begin and end, as measured">
      <input
        type="checkbox"
        checked={route.fiducials}
        onChange={(event) => goTo({ ...route, fiducials: event.currentTarget.checked }, 'replace')}
      />
      Wave boundaries
    </label>
  );
}

function AttentionSwitch({ route }: { route: EcgRoute }) {
  return (
    <label
      class="check"
      title="The attention of the recording's rhythm vector; it does not explain what was found"
    >
      <input
        type="checkbox"
        checked={route.attention}
        onChange={(event) => goTo({ ...route, attention: event.currentTarget.checked }, 'replace')}
      />
      <span class="look-sample" aria-hidden="true" /> Where the model looked
    </label>
  );
}

function fileStem({ record }: EcgAnswer): string {
  return record === null ? 'ecg' : shortRecord(record);
}

function Settings({ route }: { route: EcgRoute }) {
  const change = (parts: Partial<EcgRoute>) => goTo({ ...route, ...parts }, 'replace');
  return (
    <>
      <Choice
        name="Layout"
        value={route.layout}
        options={LAYOUTS.map((layout) => [layout, LAYOUT_NAMES[layout]])}
        onChange={(layout) => change({ layout: layout as Layout })}
      />
      <Choice
        name="Speed"
        value={String(route.speed)}
        options={SPEEDS_MM_PER_SECOND.map((speed) => [String(speed), `${speed} mm/s`])}
        onChange={(speed) => change({ speed: Number(speed) })}
      />
      <Choice
        name="Gain"
        value={String(route.gain)}
        options={GAINS_MM_PER_MILLIVOLT.map((gain) => [String(gain), `${gain} mm/mV`])}
        onChange={(gain) => change({ gain: Number(gain) })}
      />
    </>
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly onChange: (value: string) => void;
}

export function Choice({ name, value, options, onChange }: ChoiceProps) {
  return (
    <label class="field">
      <span>{name}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

interface TimeNavigationProps {
  readonly route: EcgRoute;
  readonly start: number;
  readonly durationSeconds: number;
}

function TimeNavigation({ route, start, durationSeconds }: TimeNavigationProps) {
  const latest = latestStart(durationSeconds);
  const [dragged, setDragged] = useState<number | undefined>(undefined);
  const shown = dragged ?? start;
  const move = (to: number) => {
    setDragged(undefined);
    goTo({ ...route, start: Math.max(0, Math.min(latest, to)) }, 'replace');
  };
  return (
    <div class="time-nav">
      <button
        type="button"
        class="button"
        disabled={start <= 0}
        onClick={() => move(start - SHOWN_SECONDS)}
      >
        {'\u2190'} {SHOWN_SECONDS} s
      </button>
      <input
        type="range"
        min={0}
        max={latest}
        step={latest < 60 ? 0.1 : 1}
        value={shown}
        aria-label="Time in the recording"
        aria-valuetext={spanText(shown, shown + SHOWN_SECONDS)}
        onInput={(event) => setDragged(Number(event.currentTarget.value))}
        onChange={(event) => move(Number(event.currentTarget.value))}
      />
      <button
        type="button"
        class="button"
        disabled={start >= latest}
        onClick={() => move(start + SHOWN_SECONDS)}
      >
        {SHOWN_SECONDS} s {'\u2192'}
      </button>
      <span class="time-text">
        {spanText(shown, shown + SHOWN_SECONDS)} of {durationText(durationSeconds)}
      </span>
    </div>
  );
}
