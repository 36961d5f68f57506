/** The cases of the archive that are nearest to a recording. */
import { useState } from 'preact/hooks';
import { getArchive, getSearch } from './api.js';
import type { SearchHit, SearchLevel } from './api-types.js';
import { Choice } from './ecg-plot.js';
import { factsText, scoreText, shortRecord } from './format.js';
import { Failure, Loading } from './notices.js';
import { evidenceChoice, plotAddress } from './plot-address.js';
import { PlotImage } from './plot-image.js';
import { ecgRoute, formatRoute, searchRoute } from './route.js';
import { searchLevels } from './search-form.js';
import { useLoad } from './use-load.js';

const CASE_COUNT = 5;
const LEVELS: readonly (readonly [level: string, text: string])[] = [
  ['fused', 'All levels'],
  ['rhythm', 'Whole recording'],
  ['beat', 'Single beats'],
  ['token', 'Single moments'],
];

export function Similar({ ecgId }: { ecgId: string }) {
  const [level, setLevel] = useState<SearchLevel>('rhythm');
  const archive = useLoad('archive', getArchive);
  const levels = archive.status === 'ready' ? searchLevels(archive.value) : ['rhythm'];
  const route = searchRoute({ like: ecgId, k: CASE_COUNT, level });
  const answer = useLoad(`similar ${level} ${ecgId}`, (signal) => getSearch(route, signal));
  return (
    <section class="panel" aria-labelledby="similar-title">
      <div class="panel-head">
        <h2 id="similar-title">Similar cases</h2>
        <Choice
          name="Compare"
          value={level}
          options={LEVELS.filter(([one]) => (levels as readonly string[]).includes(one))}
          onChange={(value) => setLevel(value as SearchLevel)}
        />
      </div>
      {answer.status === 'failed' ? (
        <Failure problem={answer.problem} retry={answer.retry} />
      ) : answer.status === 'ready' ? (
        <Cases hits={answer.value.hits} notices={answer.value.notices} />
      ) : (
        <Loading what="Looking for similar cases" />
      )}
    </section>
  );
}

interface CasesProps {
  readonly hits: readonly SearchHit[];
  readonly notices: readonly string[];
}

function Cases({ hits, notices }: CasesProps) {
  if (hits.length === 0) return <p class="quiet">The archive holds no other recording.</p>;
  return (
    <>
      {notices.map((notice) => (
        <p key={notice} class="quiet">
          {notice}
        </p>
      ))}
      <ol class="cases">
        {hits.map((hit) => (
          <li key={hit.ecgId}>
            <Case hit={hit} />
          </li>
        ))}
      </ol>
    </>
  );
}

function Case({ hit }: { hit: SearchHit }) {
  const { ecgId, record, score, report, metadata, evidence } = hit;
  const choice = evidenceChoice(evidence, metadata.durationSeconds);
  const name = shortRecord(record);
  return (
    <>
      <p class="case-line">
        <a href={formatRoute(ecgRoute(ecgId, choice))}>{name}</a>{' '}
        <span class="quiet">{factsText(metadata)}</span>
        <span class="case-score" title="Similarity at this level">
          {scoreText(score)}
        </span>
      </p>
      {report ? <p class="case-report">{report}</p> : null}
      <details>
        <summary>Trace</summary>
        <PlotImage src={plotAddress(ecgId, choice)} alt={`ECG trace of ${name}`} lazy />
      </details>
    </>
  );
}
