/** What is known about a recording without any model: rate, warnings, header. */
import type { EcgAnswer, EcgWarning } from './api-types.js';
import { ageText, countText, durationText } from './format.js';
import { Codes } from './hit-card.js';
import { Warning } from './notices.js';

export function HeartRate({ ecg }: { ecg: EcgAnswer }) {
  const { heartRateBpm, rPeaksSeconds } = ecg;
  const found = countText(rPeaksSeconds.length, 'R peak', 'R peaks');
  return (
    <p class="heart-rate" title="Measured from the R peaks found in all leads">
      <strong>{heartRateBpm === null ? '\u2013' : Math.round(heartRateBpm)}</strong> /min
      <span class="quiet">{heartRateBpm === null ? 'no rate measured' : `${found} found`}</span>
    </p>
  );
}

export function Warnings({ warnings }: { warnings: readonly EcgWarning[] }) {
  if (warnings.length === 0) return null;
  return (
    <Warning>
      <p class="notice-title">About this recording</p>
      <ul>
        {warnings.map((warning) => (
          <li key={`${warning.code} ${warning.message}`}>{warning.message}</li>
        ))}
      </ul>
    </Warning>
  );
}

function qualityText({ quality }: EcgAnswer): string | undefined {
  if (!quality) return undefined;
  return `${quality.acceptable ? 'acceptable' : 'not acceptable'} (${quality.score.toFixed(2)} of 1)`;
}

function reconstructedText({ reconstructedLeads = [] }: EcgAnswer): string | undefined {
  if (reconstructedLeads.length === 0) return undefined;
  return reconstructedLeads
    .map(({ lead, rmseMillivolts }) =>
      rmseMillivolts === 0 ? lead : `${lead} (\u00b1 ${rmseMillivolts.toFixed(2)} mV)`,
    )
    .join(', ');
}

export function EcgFacts({ ecg }: { ecg: EcgAnswer }) {
  const { patient, paths } = ecg;
  const rows: [string, string | undefined][] = [
    ['Patient', patient.id ?? undefined],
    ['Age', ageText(patient.ageYears)],
    ['Sex', patient.sex ?? undefined],
    ['Recorded', ecg.recordedAt?.replace('T', ' ')],
    ['Length', durationText(ecg.durationSeconds)],
    ['Sampling rate', `${ecg.samplingRateHz} Hz`],
    ['Leads', ecg.leads.join(' ')],
    ['Reconstructed', reconstructedText(ecg)],
    ['Quality', qualityText(ecg)],
    ['Format', ecg.format],
    ['Record', paths.length > 0 ? paths.join(', ') : undefined],
    ['Id', ecg.ecgId],
  ];
  return (
    <section class="panel" aria-labelledby="facts-title">
      <h2 id="facts-title">Recording</h2>
      <Codes codes={ecg.codes} />
      <dl class="rows">
        {rows.map(([name, value]) =>
          value === undefined || value === '' ? null : (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
      </dl>
    </section>
  );
}
