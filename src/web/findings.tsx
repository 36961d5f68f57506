/** Labels scored on the recording with no training: the strongest by default, or those chosen. */
import { useState } from 'preact/hooks';
import { postClassify } from './api.js';
import type { Decision, LabelScore } from './api-types.js';
import { CheckList } from './check-list.js';
import { scoreText } from './format.js';
import { Bar } from './hit-card.js';
import { rankScores } from './label-choice.js';
import { LabelPicker } from './label-picker.js';
import { Failure, Loading } from './notices.js';
import { useLoad } from './use-load.js';

const SHOWN_COUNT = 8;

export function Findings({ ecgId }: { ecgId: string }) {
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const labels = chosen.length === 0 ? 'default' : chosen;
  const key = `classify ${ecgId} ${chosen.join(' ')}`;
  const scored = useLoad(key, (signal) => postClassify(ecgId, labels, signal));
  return (
    <section class="panel" aria-labelledby="findings-title">
      <h2 id="findings-title">Findings by similarity to their wording</h2>
      <p class="quiet">
        Each label is compared with the trace by its meaning. The percentile is the share of this
        archive that scores lower; it is no probability.
      </p>
      <LabelPicker chosen={chosen} onChoose={setChosen} />
      {scored.status === 'failed' ? (
        <Failure problem={scored.problem} retry={scored.retry} />
      ) : scored.status === 'ready' ? (
        <ScoreTable key={key} scores={scored.value} />
      ) : (
        <Loading what="Scoring labels" />
      )}
    </section>
  );
}

function ScoreTable({ scores }: { scores: readonly LabelScore[] }) {
  const [all, setAll] = useState(false);
  const ranked = rankScores(scores);
  const shown = all ? ranked : ranked.slice(0, SHOWN_COUNT);
  return (
    <>
      <table class="findings">
        <thead>
          <tr>
            <th scope="col">Label</th>
            <th scope="col">Rank</th>
            <th scope="col">Percentile</th>
            <th scope="col" class="number">
              Cosine
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((score) => (
            <ScoreRow key={`${score.set ?? ''} ${score.key}`} score={score} />
          ))}
        </tbody>
      </table>
      {ranked.length > SHOWN_COUNT ? (
        <button type="button" class="link" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? `Show the strongest ${SHOWN_COUNT}` : `Show all ${ranked.length}`}
        </button>
      ) : null}
    </>
  );
}

/** What the service's decision says about the percentile; it is no finding by itself. */
const DECISION_MEANING: Readonly<Record<Decision, string>> = {
  high: 'Ranks as high as the share of the archive that is expected to carry it',
  possible: 'Ranks just below that share',
  low: 'Ranks well below that share',
};

function ScoreRow({ score }: { score: LabelScore }) {
  const { key, name, percentile, decision } = score;
  const prompt = score.prompt ?? score.prompts?.join(' / ');
  return (
    <tr title={prompt ? `Compared as: ${prompt}` : undefined}>
      <th scope="row">
        {name} <span class="quiet">{key}</span>
        <CheckList checks={score.vetoed} kind="against" />
        <CheckList checks={score.supportedBy} kind="for" />
      </th>
      <td>
        {decision === null ? (
          '\u2013'
        ) : (
          <span class={`tag ${decision}`} title={DECISION_MEANING[decision]}>
            {decision}
          </span>
        )}
      </td>
      <td>
        {percentile === null ? (
          '\u2013'
        ) : (
          <>
            <span class="percentile">{percentile.toFixed(1)}</span> <Bar share={percentile / 100} />
          </>
        )}
      </td>
      <td class="number">{scoreText(score.score)}</td>
    </tr>
  );
}
