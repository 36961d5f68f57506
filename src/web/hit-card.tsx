/** One hit: its trace with the evidence marked, who and when, what the report says, and why it was found. */
import type { HitEvidence, SearchHit } from './api-types.js';
import { factsText, levelName, scoreText, shortRecord, spanText } from './format.js';
import { evidenceChoice, plotAddress } from './plot-address.js';
import { PlotImage } from './plot-image.js';
import { ecgRoute, formatRoute, searchRoute } from './route.js';

interface HitCardProps {
  readonly hit: SearchHit;
  readonly rank: number;
  /** Whether the model can say where it looked. */
  readonly canLook: boolean;
}

export function HitCard({ hit, rank, canLook }: HitCardProps) {
  const { ecgId, record, metadata, report, evidence } = hit;
  const choice = evidenceChoice(evidence, metadata.durationSeconds);
  const name = shortRecord(record);
  const open = formatRoute(ecgRoute(ecgId, choice));
  const facts = factsText(metadata);
  return (
    <article class="hit" aria-label={`Hit ${rank}: ${name}`}>
      <div class="hit-plot">
        <PlotImage src={plotAddress(ecgId, choice)} alt={`ECG trace of ${name}, ${facts}`} lazy />
      </div>
      <div class="hit-text">
        <h2 title={record}>
          <span class="rank">{rank}</span> <a href={open}>{name}</a>
        </h2>
        <p class="facts">{facts}</p>
        <Codes codes={metadata.codes} />
        <PoorQuality hit={hit} />
        {report ? <blockquote class="report">{report}</blockquote> : <NoReport />}
        <Scores hit={hit} />
        <EvidenceList
          evidence={evidence}
          look={canLook ? formatRoute(ecgRoute(ecgId, { ...choice, attention: true })) : undefined}
        />
        <p class="actions">
          <a class="button" href={open}>
            Open
          </a>
          <a class="button" href={formatRoute(searchRoute({ like: ecgId }))}>
            More like this
          </a>
          <a class="button" href={formatRoute(ecgRoute(ecgId, { ...choice, draft: true }))}>
            Draft report
          </a>
        </p>
      </div>
    </article>
  );
}

/** Says so where the signal was judged not good enough. */
function PoorQuality({ hit: { quality } }: { hit: SearchHit }) {
  if (!quality || quality.acceptable) return null;
  return (
    <p class="poor-quality" title={quality.reasons.join(' ')}>
      Signal not acceptable (quality {quality.score.toFixed(2)} of 1)
    </p>
  );
}

function NoReport() {
  return <p class="quiet">No report is stored.</p>;
}

export function Codes({ codes }: { codes: readonly string[] }) {
  if (codes.length === 0) return null;
  return (
    <ul class="codes" aria-label="Codes">
      {codes.map((code) => (
        <li key={code} class="tag">
          {code}
        </li>
      ))}
    </ul>
  );
}

/** The score that ranks the hit, and what each level gave. */
function Scores({ hit }: { hit: SearchHit }) {
  const levels = Object.entries(hit.levels).filter(([, score]) => score !== undefined);
  return (
    <dl class="scores">
      <div title="Ranks the hits of this search; not comparable with other searches">
        <dt>Score</dt>
        <dd>{hit.score.toPrecision(3)}</dd>
      </div>
      {levels.map(([level, score]) => (
        <div key={level} title={level === 'text' ? 'BM25 over the report' : 'Cosine similarity'}>
          <dt>{levelName(level)}</dt>
          <dd>
            {scoreText(score!)}
            {level === 'text' ? null : <Bar share={score!} />}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** A bar for a share of 0 to 1; it repeats a number that stands beside it. */
export function Bar({ share }: { share: number }) {
  const width = Math.round(Math.max(0, Math.min(1, share)) * 60);
  return (
    <svg class="share" viewBox="0 0 60 6" width="60" height="6" aria-hidden="true">
      <rect width="60" height="6" rx="3" class="share-back" />
      <rect width={width} height="6" rx="3" class="share-fill" />
    </svg>
  );
}

interface EvidenceListProps {
  readonly evidence: readonly HitEvidence[];
  /** The view that shows where the rhythm vector looked. */
  readonly look: string | undefined;
}

function EvidenceList({ evidence, look }: EvidenceListProps) {
  if (evidence.length === 0) return null;
  return (
    <ul class="evidence" aria-label="Why it was found">
      {evidence.map((one, index) => (
        <li key={index}>
          <span class="tag">{levelName(one.level)}</span> {evidenceText(one)}
          {one.level === 'rhythm' && look ? (
            <>
              {' \u00b7 '}
              <a href={look}>where the model looked</a>
            </>
          ) : null}
        </li>
      ))}
    </ul>
  );
}

function evidenceText({ phrase, startSeconds, endSeconds }: HitEvidence): string {
  if (startSeconds === undefined || endSeconds === undefined) return phrase;
  return `${phrase} \u00b7 ${spanText(startSeconds, endSeconds)}`;
}
