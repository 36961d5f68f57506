/** The search: question, examples, what was found or why not. */
import { getEcg, getSearch, searchParams } from './api.js';
import type { ArchiveInfo, SearchAnswer } from './api-types.js';
import { countText, levelName, shortRecord } from './format.js';
import { HitCard } from './hit-card.js';
import { hasFeature } from './model-line.js';
import { Empty, Failure, Warning } from './notices.js';
import { ecgRoute, formatRoute, isAsked, type SearchRoute, searchRoute } from './route.js';
import { SearchForm } from './search-form.js';
import { useLoad } from './use-load.js';

const EXAMPLES = [
  'atrial fibrillation',
  'left bundle branch block',
  'old inferior infarction',
  'left ventricular hypertrophy with strain',
  'first degree AV block',
  'premature ventricular complexes',
  'sinus bradycardia',
  'Vorhofflimmern',
  'Linksschenkelblock',
];

interface SearchViewProps {
  readonly route: SearchRoute;
  readonly info: ArchiveInfo | undefined;
}

export function SearchView({ route, info }: SearchViewProps) {
  return (
    <div class="search-view">
      <h1 class="visually-hidden">Search the archive</h1>
      <SearchForm route={route} info={info} />
      {route.like === '' ? null : <LikeChip route={route} />}
      {isAsked(route) ? <Results route={route} info={info} /> : <Welcome info={info} />}
    </div>
  );
}

function Welcome({ info }: { info: ArchiveInfo | undefined }) {
  return (
    <section class="welcome" aria-labelledby="welcome-title">
      <h2 id="welcome-title">Ask the archive in plain words</h2>
      <p>
        {info
          ? `${countText(info.ecgCount, 'ECG', 'ECGs')} can be searched`
          : 'ECGs can be searched'}{' '}
        by what their traces look like, beat by beat, and by what their reports say.
      </p>
      <ul class="chips" aria-label="Example questions">
        {EXAMPLES.map((q) => (
          <li key={q}>
            <a class="chip" href={formatRoute(searchRoute({ q }))}>
              {q}
            </a>
          </li>
        ))}
      </ul>
      <p class="quiet">
        Or <a href="#/upload">upload a recording</a> to see it on paper and find similar cases.
      </p>
    </section>
  );
}

/** The ECG that hits are compared with, and a way to drop it. */
function LikeChip({ route }: { route: SearchRoute }) {
  const { like } = route;
  const ecg = useLoad(`ecg ${like}`, (signal) => getEcg(like, signal));
  const name =
    ecg.status === 'ready' ? shortRecord(ecg.value.record ?? 'uploaded recording') : 'this ECG';
  return (
    <p class="like-line">
      <span class="tag">
        Like <a href={formatRoute(ecgRoute(like))}>{name}</a>
      </span>{' '}
      <a class="quiet" href={formatRoute({ ...route, like: '' })}>
        Remove
      </a>
    </p>
  );
}

function Results({ route, info }: SearchViewProps) {
  const answer = useLoad(`search ${searchParams(route)}`, (signal) => getSearch(route, signal));
  if (answer.status === 'failed') {
    return <Failure problem={answer.problem} retry={answer.retry} />;
  }
  if (answer.status !== 'ready') return <PendingResults />;
  return <Found answer={answer.value} canLook={hasFeature(info, 'attention') === true} />;
}

function PendingResults() {
  return (
    <section aria-busy="true">
      <p class="results-line" role="status">
        Searching
      </p>
      {[0, 1, 2].map((index) => (
        <div key={index} class="hit pending-hit" aria-hidden="true">
          <div class="bone paper" />
          <div class="bones">
            <div class="bone" />
            <div class="bone short" />
            <div class="bone" />
          </div>
        </div>
      ))}
    </section>
  );
}

function Found({ answer, canLook }: { answer: SearchAnswer; canLook: boolean }) {
  const { hits, milliseconds, level, confident, notices } = answer;
  const line = `${countText(hits.length, 'hit', 'hits')} in ${Math.round(milliseconds)} ms`;
  return (
    <section aria-label="Hits">
      <p class="results-line" role="status">
        {line} {'\u00b7'} {levelName(level)}
      </p>
      <Doubts confident={confident} notices={notices} some={hits.length > 0} />
      {hits.length === 0 ? (
        <Empty title="No recording was found">
          <p>Try other words, another level, or fewer conditions.</p>
        </Empty>
      ) : (
        <ol class="hits">
          {hits.map((hit, index) => (
            <li key={hit.ecgId}>
              <HitCard hit={hit} rank={index + 1} canLook={canLook} />
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

const NOTHING_CLOSE = 'Nothing in this archive is close to the question.';

interface DoubtsProps {
  readonly confident: boolean;
  readonly notices: readonly string[];
  readonly some: boolean;
}

/** Says plainly when nothing is close, and passes on what the service remarks. */
function Doubts({ confident, notices, some }: DoubtsProps) {
  const unsure = !confident && some;
  const [first, ...others] = notices.length > 0 || !unsure ? notices : [NOTHING_CLOSE];
  if (first === undefined) return null;
  return (
    <Warning>
      <p class={unsure ? 'notice-title' : undefined}>{first}</p>
      {others.map((notice) => (
        <p key={notice}>{notice}</p>
      ))}
    </Warning>
  );
}
