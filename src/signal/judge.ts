/**
 * The quality of a recording: acceptable or not, a score, and why. Everything that is known of a signal comes
 * together here: the first look (quality.ts), noise (quality-reasons.ts), electrodes (electrode-reasons.ts), and the score
 * learned from experts' verdicts (quality-model.ts). Nothing is repaired.
 */
import type { EcgQuality } from '../ecg/quality.js';
import type { ReconstructedLead } from '../ecg/reconstructed.js';
import type { EcgRecord, EcgWarning } from '../ecg/record.js';
import { electrodeReasons } from './electrode-reasons.js';
import { type MeasuredLeads, measureLeads } from './measured-leads.js';
import { scoreQuality } from './quality-model.js';
import { noiseReasons } from './quality-reasons.js';
import { reconstructedWarnings } from './reconstructed-warnings.js';

/** Says what is missing, not that what is there is bad. */
const NO_REASONS = new Set(['signal.few-leads']);
const DIGITS = 1000;

export interface Judgement {
  readonly quality: EcgQuality;
  /** The reasons, what else the first look found, and `signal.unacceptable` where the verdict is that. */
  readonly warnings: readonly EcgWarning[];
}

/** Judges a recording, in time linear in its length. */
export function judgeRecording(record: EcgRecord, rPeaksSeconds?: readonly number[]): Judgement {
  const computed = record.reconstructed ?? [];
  const measured = recordedOnly(measureLeads(record, rPeaksSeconds), computed);
  const found = [
    ...measured.inspection.warnings,
    ...noiseReasons(measured.leads),
    ...electrodeReasons(measured),
  ];
  const quality = qualityOf(measured, found);
  return {
    quality,
    warnings: [
      ...(quality.acceptable ? [] : [verdict(quality)]),
      ...found,
      ...reconstructedWarnings(computed),
    ],
  };
}

/** Computed leads are as good as those they were computed from, and say nothing of their own. */
function recordedOnly(
  measured: MeasuredLeads,
  computed: readonly ReconstructedLead[],
): MeasuredLeads {
  const names = new Set(computed.map(({ lead }) => lead));
  const leads = measured.leads.filter(({ lead }) => !names.has(lead));
  return leads.length === 0 ? measured : { ...measured, leads };
}

function qualityOf({ leads, inspection }: MeasuredLeads, found: readonly EcgWarning[]): EcgQuality {
  const { score, leadScores, threshold } = scoreQuality(leads);
  return {
    acceptable: inspection.usable && score >= threshold,
    score: inspection.usable ? rounded(score) : 0,
    reasons: found.filter(({ code }) => !NO_REASONS.has(code)),
    leads: leads.map(({ lead }, index) => ({ lead, score: rounded(leadScores[index]!) })),
  };
}

function verdict({ score, leads }: EcgQuality): EcgWarning {
  const worst = leads.toSorted((a, b) => a.score - b.score).filter((lead) => lead.score < 0.5);
  const names = worst.map(({ lead }) => lead);
  const which = names.length === 0 ? '' : `; the worst are ${names.slice(0, 4).join(', ')}`;
  return {
    code: 'signal.unacceptable',
    message: `The signal is not good enough to rely on (quality ${score.toFixed(2)} of 1${which}).`,
    ...(names.length > 0 && { leads: names }),
  };
}

function rounded(score: number): number {
  return Math.round(score * DIGITS) / DIGITS;
}
