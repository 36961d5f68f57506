/** One recording: its trace, what was measured, what it resembles, and the draft of a report. */
import { useEffect, useRef } from 'preact/hooks';
import { getEcg } from './api.js';
import type { ArchiveInfo, EcgAnswer } from './api-types.js';
import { CaptionPanel } from './caption-panel.js';
import { EcgFacts, HeartRate, Warnings } from './ecg-facts.js';
import { EcgPlot } from './ecg-plot.js';
import { Findings } from './findings.js';
import { factsText, shortRecord } from './format.js';
import { MeasurementPanel } from './measurement-panel.js';
import { hasFeature } from './model-line.js';
import { Failure, Loading } from './notices.js';
import { ReportPanel } from './report-panel.js';
import { type EcgRoute, formatRoute, searchRoute } from './route.js';
import { Similar } from './similar.js';
import { useLoad } from './use-load.js';

interface EcgViewProps {
  readonly route: EcgRoute;
  readonly info: ArchiveInfo | undefined;
}

export function EcgView({ route, info }: EcgViewProps) {
  const { ecgId } = route;
  const ecg = useLoad(`ecg ${ecgId}`, (signal) => getEcg(ecgId, signal));
  if (ecg.status === 'failed') return <Failure problem={ecg.problem} retry={ecg.retry} />;
  if (ecg.status !== 'ready') return <Loading what="Reading the recording" />;
  return <Recording ecg={ecg.value} route={route} info={info} />;
}

function Recording({ ecg, route, info }: EcgViewProps & { readonly ecg: EcgAnswer }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  const { ecgId, record, patient, recordedAt, durationSeconds, leads, report } = ecg;
  const facts = factsText({
    age: patient.ageYears,
    sex: patient.sex,
    recordedAt,
    durationSeconds,
    leads,
  });
  return (
    <div class="ecg-view">
      <div class="ecg-head">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            {record === null ? 'Uploaded recording' : shortRecord(record)}
          </h1>
          <p class="facts">{facts}</p>
        </div>
        <HeartRate ecg={ecg} />
        <p class="actions">
          <a class="button" href={formatRoute(searchRoute({ like: ecgId }))}>
            More like this
          </a>
        </p>
      </div>
      {record === null ? <UploadNote /> : null}
      <Warnings warnings={ecg.warnings} />
      <EcgPlot ecg={ecg} route={route} info={info} />
      <div class="panels">
        <div class="column">
          <ReportPanel ecgId={ecgId} draftAtOnce={route.draft} />
          <Similar ecgId={ecgId} />
        </div>
        <div class="column">
          <MeasurementPanel ecgId={ecgId} />
          <Findings ecgId={ecgId} />
          {report ? <StoredReport report={report} /> : null}
          {hasFeature(info, 'captions') ? <CaptionPanel ecgId={ecgId} /> : null}
          <EcgFacts ecg={ecg} />
        </div>
      </div>
    </div>
  );
}

function UploadNote() {
  return (
    <p class="notice">
      This recording is held in memory for a while only. It is not stored and not part of the
      archive.
    </p>
  );
}

function StoredReport({ report }: { report: string }) {
  return (
    <section class="panel" aria-labelledby="stored-report">
      <h2 id="stored-report">Stored report</h2>
      <blockquote class="report">{report}</blockquote>
    </section>
  );
}
