/** Labels of the user's own: define one in words, see at once what of the archive scores high. */
import { useState } from 'preact/hooks';
import { deleteLabel, getLabels } from './api.js';
import type { Label, OwnLabel } from './api-types.js';
import { LabelForm } from './label-form.js';
import { LabelScoresPanel } from './label-scores.js';
import { Failure, Loading, Warning } from './notices.js';
import { type Problem, problemFrom } from './problem.js';
import { formatRoute, type LabelsRoute, labelsRoute } from './route.js';
import { forget, useLoad } from './use-load.js';
import { goTo } from './use-route.js';

const isOwn = (label: Label): label is OwnLabel => label.set === 'own';

export function LabelsView({ route }: { route: LabelsRoute }) {
  const [revision, setRevision] = useState(0);
  const loaded = useLoad(`labels ${revision}`, getLabels);
  const changed = (key: string) => {
    forget('labels');
    setRevision(revision + 1);
    goTo(labelsRoute(key));
  };
  if (loaded.status === 'failed') return <Failure problem={loaded.problem} retry={loaded.retry} />;
  const own = loaded.status === 'ready' ? loaded.value.filter(isOwn) : undefined;
  const shown = own?.find(({ key }) => key === route.key);
  return (
    <div class="labels-view">
      <h1>{shown ? shown.name : 'A label of your own'}</h1>
      <p class="quiet">
        A name or a sentence is a label: it is compared with every recording of this archive, with
        no training. It is kept in the archive; do not write a patient's name into it.
      </p>
      {own === undefined ? <Loading what="Reading the labels" /> : null}
      {own && own.length > 0 ? <OwnList own={own} current={route.key} /> : null}
      <LabelForm label={shown} onSaved={changed} />
      {own && route.key !== '' && !shown ? <p class="quiet">There is no such label.</p> : null}
      {shown ? (
        <>
          <LabelState label={shown} onRemoved={() => changed('')} />
          <LabelScoresPanel labelKey={shown.key} version={shown.version} />
        </>
      ) : null}
    </div>
  );
}

function OwnList({ own, current }: { own: readonly OwnLabel[]; current: string }) {
  return (
    <ul class="chips" aria-label="Labels of your own">
      {own.map(({ key, name, version }) => (
        <li key={key}>
          <a
            class="chip"
            href={formatRoute(labelsRoute(key))}
            aria-current={key === current ? 'true' : undefined}
          >
            {name} <span class="quiet">v{version}</span>
          </a>
        </li>
      ))}
      <li>
        <a class="chip" href={formatRoute(labelsRoute())}>
          New label
        </a>
      </li>
    </ul>
  );
}

/** Its key and version, what is out of date about it, and a way to remove it. */
function LabelState({ label, onRemoved }: { label: OwnLabel; onRemoved: () => void }) {
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  const { key, version, calibration, stale } = label;
  const notes = [
    ...(stale.build ? [`Build its texts again: ${stale.build}.`] : []),
    ...(stale.calibration ? [`Its calibration is not used: ${stale.calibration}.`] : []),
    ...stale.scores.map(({ out, because }) => `The scores in ${out} are stale: ${because}.`),
  ];
  const remove = async () => {
    if (!confirm(`Remove the label "${label.name}" with all its versions?`)) return;
    try {
      await deleteLabel(key);
      onRemoved();
    } catch (error) {
      setProblem(problemFrom(error));
    }
  };
  return (
    <>
      <p class="label-line">
        <span class="quiet">
          Key <code>{key}</code>, version {version}
          {calibration ? `, calibrated (${calibration.method})` : ', not calibrated'}
        </span>{' '}
        <button type="button" class="button" onClick={remove}>
          Remove
        </button>
      </p>
      {notes.length > 0 ? (
        <Warning>
          <ul>
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </Warning>
      ) : null}
      {problem ? <Failure problem={problem} /> : null}
    </>
  );
}
