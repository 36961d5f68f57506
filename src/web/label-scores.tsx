/** A label over the archive: how its scores are spread, and the recordings that score highest. */
import { getLabelScores } from './api.js';
import type { LabelHit, LabelScores } from './api-types.js';
import { CheckList } from './check-list.js';
import { countText, factsText, scoreText, shortRecord } from './format.js';
import { Codes } from './hit-card.js';
import { Empty, Failure, Loading } from './notices.js';
import { plotAddress } from './plot-address.js';
import { PlotImage } from './plot-image.js';
import { ecgRoute, formatRoute } from './route.js';
import { useLoad } from './use-load.js';

interface LabelScoresProps {
  readonly labelKey: string;
  /** Another version is another label to load. */
  readonly version: number;
}

export function LabelScoresPanel({ labelKey, version }: LabelScoresProps) {
  const loaded = useLoad(`label ${labelKey} ${version}`, (signal) =>
    getLabelScores(`own:${labelKey}`, signal),
  );
  if (loaded.status === 'failed') return <Failure problem={loaded.problem} retry={loaded.retry} />;
  if (loaded.status !== 'ready') return <Loading what="Scoring the archive" />;
  const { distribution, hits, prompts } = loaded.value;
  if (distribution === null) {
    return <Empty title="No recording of this archive can be compared with words" />;
  }
  return (
    <>
      <section class="panel" aria-labelledby="spread-title">
        <h2 id="spread-title">How the archive scores</h2>
        <p class="quiet">
          Cosines of {countText(distribution.count, 'recording', 'recordings')} with:{' '}
          {prompts.join(' / ')}. A score or a percentile is no probability.
        </p>
        <Histogram distribution={distribution} />
      </section>
      <h2>Highest scores</h2>
      {hits.map((hit, index) => (
        <Hit key={hit.ecgId} hit={hit} rank={index + 1} />
      ))}
    </>
  );
}

const SHOWN_PERCENTILES = ['5', '25', '50', '75', '95', '99'] as const;
const WIDTH = 400;
const HEIGHT = 80;

function Histogram({ distribution }: { distribution: NonNullable<LabelScores['distribution']> }) {
  const { bins, percentiles, min, max } = distribution;
  const highest = Math.max(...bins.map(({ count }) => count));
  const bar = WIDTH / bins.length;
  const place = (score: number) => (max > min ? ((score - min) / (max - min)) * WIDTH : 0);
  return (
    <>
      <svg
        class="histogram"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`Scores from ${scoreText(min)} to ${scoreText(max)}, half of them below ${scoreText(percentiles['50'] ?? min)}`}
      >
        {bins.map(({ count }, index) => {
          const height = (count / highest) * HEIGHT;
          return (
            <rect
              key={index}
              class="share-fill"
              x={index * bar + 0.5}
              y={HEIGHT - height}
              width={bar - 1}
              height={height}
            />
          );
        })}
        {(['50', '95'] as const).map((percent) => {
          const x = place(percentiles[percent] ?? min);
          return <line key={percent} class="mark" x1={x} x2={x} y1={0} y2={HEIGHT} />;
        })}
      </svg>
      <dl class="scores">
        {SHOWN_PERCENTILES.map((percent) => (
          <div key={percent}>
            <dt>{percent} %</dt>
            <dd>{scoreText(percentiles[percent] ?? min)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function Hit({ hit, rank }: { hit: LabelHit; rank: number }) {
  const { ecgId, record, score, percentile, probability, decision, metadata, report } = hit;
  const name = shortRecord(record);
  const facts = factsText(metadata);
  return (
    <article class="hit" aria-label={`Recording ${rank}: ${name}`}>
      <div class="hit-plot">
        <PlotImage src={plotAddress(ecgId, {})} alt={`ECG trace of ${name}, ${facts}`} lazy />
      </div>
      <div class="hit-text">
        <h3 title={record}>
          <span class="rank">{rank}</span> <a href={formatRoute(ecgRoute(ecgId))}>{name}</a>
        </h3>
        <p class="facts">{facts}</p>
        <Codes codes={metadata.codes} />
        {report ? <blockquote class="report">{report}</blockquote> : null}
        <p class="facts">
          {score === null ? null : <>cosine {scoreText(score)}</>}
          {percentile === null ? null : (
            <>
              {' '}
              {'\u00b7'} percentile {percentile.toFixed(1)}
            </>
          )}
          {probability === null ? null : (
            <>
              {' '}
              {'\u00b7'} probability {probability.toFixed(2)}
            </>
          )}{' '}
          {decision ? <span class={`tag ${decision}`}>{decision}</span> : null}
        </p>
        <CheckList checks={hit.vetoed} kind="against" />
        <CheckList checks={hit.supportedBy} kind="for" />
      </div>
    </article>
  );
}
