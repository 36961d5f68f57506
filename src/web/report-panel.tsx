/** The draft of a report: every sentence opens the evidence that it stands on. */
import { useId, useState } from 'preact/hooks';
import { postReport } from './api.js';
import type { ReportDraft, ReportEvidence, ReportSentence } from './api-types.js';
import { countText } from './format.js';
import { Failure, Loading } from './notices.js';
import { draftText } from './report-text.js';
import { ecgRoute, formatRoute } from './route.js';
import { useLoad } from './use-load.js';

interface ReportPanelProps {
  readonly ecgId: string;
  readonly draftAtOnce: boolean;
}

export function ReportPanel({ ecgId, draftAtOnce }: ReportPanelProps) {
  const [asked, setAsked] = useState(draftAtOnce);
  const draft = useLoad(asked ? `report ${ecgId}` : null, (signal) => postReport(ecgId, signal));
  return (
    <section class="panel report-panel" aria-labelledby="report-title">
      <h2 id="report-title">Report draft</h2>
      {draft.status === 'idle' ? (
        <>
          <p class="quiet">
            Drafted from measurements, scored findings and similar cases. Every sentence names its
            evidence.
          </p>
          <button type="button" class="button primary" onClick={() => setAsked(true)}>
            Draft report
          </button>
        </>
      ) : draft.status === 'failed' ? (
        <Failure problem={draft.problem} retry={draft.retry} />
      ) : draft.status === 'ready' ? (
        <Draft draft={draft.value} />
      ) : (
        <Loading what="Drafting" />
      )}
    </section>
  );
}

function Draft({ draft }: { draft: ReportDraft }) {
  const byId = new Map(draft.evidence.map((one) => [one.id, one]));
  return (
    <>
      <p class="draft-line">
        <span class="tag draft">{draft.status}</span>
        <span class="quiet">Click a sentence to see its evidence.</span>
        <CopyButton text={draftText(draft)} />
      </p>
      {draft.sections.map((section) => (
        <div key={section.name} class="draft-section">
          <h3>{section.name}</h3>
          {section.sentences.map((sentence) => (
            <Sentence key={sentence.text} sentence={sentence} byId={byId} />
          ))}
        </div>
      ))}
      <Dropped dropped={draft.dropped ?? []} />
      <p class="disclaimer">{draft.disclaimer}</p>
    </>
  );
}

/** What the service wrote and then took out itself, so that a reader can judge the check. */
function Dropped({ dropped }: { dropped: NonNullable<ReportDraft['dropped']> }) {
  if (dropped.length === 0) return null;
  return (
    <details class="dropped">
      <summary>
        {countText(dropped.length, 'sentence was', 'sentences were')} left out by the check
      </summary>
      <ul>
        {dropped.map(({ text, message }) => (
          <li key={text}>
            {text} <span class="quiet">{message}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

interface SentenceProps {
  readonly sentence: ReportSentence;
  readonly byId: ReadonlyMap<string, ReportEvidence>;
}

function Sentence({ sentence, byId }: SentenceProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const evidence = sentence.evidence.map((one) => byId.get(one)).filter((one) => one !== undefined);
  if (evidence.length === 0) return <p class="sentence">{sentence.text}</p>;
  return (
    <>
      <button
        type="button"
        class="sentence"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        {sentence.text}
        <span class="cites">{evidence.length}</span>
      </button>
      <ul id={id} class="cited" hidden={!open}>
        {evidence.map((one) => (
          <li key={one.id}>
            <span class="tag">{one.kind}</span> <EvidenceText evidence={one} />
          </li>
        ))}
      </ul>
    </>
  );
}

function EvidenceText({ evidence }: { evidence: ReportEvidence }) {
  const { text, value, unit, ecgId } = evidence;
  const measured = value === undefined || value === null ? '' : `${value} ${unit ?? ''}`.trim();
  return (
    <>
      {text}
      {/* The text of a measurement mostly holds its value; say it where not. */}
      {measured === '' || text.includes(String(value)) ? null : <strong> {measured}</strong>}
      {ecgId === undefined ? null : (
        <>
          {' '}
          <a href={formatRoute(ecgRoute(ecgId))}>Open</a>
        </>
      )}
    </>
  );
}

function CopyButton({ text }: { text: string }) {
  const [said, setSaid] = useState('Copy text');
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setSaid('Copied'),
      () => setSaid('Copying is not allowed here'),
    );
  };
  return (
    <button type="button" class="button copy" onClick={copy}>
      {said}
    </button>
  );
}
