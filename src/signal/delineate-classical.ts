/**
 * Wave boundaries by wavelets, without a model: QRS complexes from the detector (qrs.ts), their ends and the P
 * and T waves in each lead from the quadratic-spline wavelet (Martinez et al. 2004, doi
 * 10.1109/TBME.2003.821031), then the median over the leads. One to sixteen leads, any rate a record may have.
 *
 * A P wave must look alike in all beats (p-presence.ts), so there is none in fibrillation. U waves are not
 * looked for.
 */
import type { EcgRecord } from '../ecg/record.js';
import { assembleDelineation, type FoundWaves } from './assemble-delineation.js';
import type { Delineation } from './delineation.js';
import { mergeWaves } from './merge-leads.js';
import { arePWaves } from './p-presence.js';
import { qrsBounds } from './qrs-bounds.js';
import {
  largestWave,
  NARROW_P_RULES,
  ONE_SIDED_T_RULES,
  P_RULES,
  type SteepWave,
  T_RULES,
} from './wave-bounds.js';
import { waveletScales } from './wavelet.js';
import { workingBeats } from './working-leads.js';

const RATE_HZ = 250;
const SCALE_COUNT = 4;
/** T waves are looked for from this long after the complex to these bounds after the R peak. */
const T_FROM_SECONDS = 0.04;
const T_TO_SECONDS = 0.62;
const T_TO_RR = 0.68;
/** P waves are looked for from this long before the R peak. */
const P_FROM_SECONDS = 0.3;
/** RR interval where there is no next beat. */
const DEFAULT_RR_SECONDS = 0.9;
const SHORTEST_P_SECONDS = 0.06;

interface LeadSlopes {
  readonly lead: string;
  /** The wavelet scales 2^2, 2^3 and 2^4. */
  readonly qrs: Float32Array;
  readonly narrow: Float32Array;
  readonly wide: Float32Array;
}

/** The boundaries of every beat of a recording; no beats where no lead has a signal. */
export function delineateClassical(record: EcgRecord): Delineation {
  const {
    rPeakSamples,
    rPeaks,
    leads: present,
  } = workingBeats(record, { samplingRateHz: RATE_HZ, bridgePacing: true });
  const leads = present.map(slopesOf);
  const qrs = search(leads, rPeaks, (lead, beat) => qrsIn(lead, rPeaks[beat]!));
  const t = search(leads, rPeaks, (lead, beat) => tIn(lead, rPeaks, beat, qrs.merged[beat]));
  const p = keepPWaves(
    leads,
    rPeaks,
    search(leads, rPeaks, (lead, beat) =>
      pIn(lead, rPeaks[beat]!, qrs.merged[beat], t.merged[beat - 1]),
    ),
  );
  const found = { leads: leads.map(({ lead }) => lead), rateHz: RATE_HZ, p, qrs, t };
  return assembleDelineation('classical', record, rPeakSamples, found);
}

function slopesOf({ lead, samples }: { lead: string; samples: Float32Array }): LeadSlopes {
  const scales = waveletScales(samples, SCALE_COUNT);
  return { lead, qrs: scales[1]!, narrow: scales[2]!, wide: scales[3]! };
}

function search(
  leads: readonly LeadSlopes[],
  rPeaks: readonly number[],
  find: (lead: LeadSlopes, beat: number) => SteepWave | null,
): FoundWaves<SteepWave> {
  const byLead = leads.map((lead) => rPeaks.map((_, beat) => find(lead, beat)));
  const merged = rPeaks.map((_, beat) =>
    mergeWaves(
      byLead.map((waves) => waves[beat]!),
      RATE_HZ,
    ),
  );
  return { byLead, merged };
}

function qrsIn({ qrs }: LeadSlopes, rPeak: number): SteepWave | null {
  const bounds = qrsBounds(qrs, rPeak, RATE_HZ);
  return bounds && { ...bounds, peak: rPeak };
}

function tIn(
  { wide: wave }: LeadSlopes,
  rPeaks: readonly number[],
  beat: number,
  qrs: SteepWave | null | undefined,
): SteepWave | null {
  if (!qrs) return null;
  const rPeak = rPeaks[beat]!;
  const rr = (rPeaks[beat + 1] ?? rPeak + DEFAULT_RR_SECONDS * RATE_HZ) - rPeak;
  const from = qrs.offset + T_FROM_SECONDS * RATE_HZ;
  const to = Math.min(wave.length - 1, rPeak + Math.min(T_TO_SECONDS * RATE_HZ, T_TO_RR * rr));
  const stretch = { from, to, rateHz: RATE_HZ };
  return largestWave(wave, stretch, T_RULES) ?? largestWave(wave, stretch, ONE_SIDED_T_RULES);
}

function pIn(
  { narrow, wide }: LeadSlopes,
  rPeak: number,
  qrs: SteepWave | null | undefined,
  tBefore: SteepWave | null | undefined,
): SteepWave | null {
  if (!qrs) return null;
  const from = Math.max(0, rPeak - P_FROM_SECONDS * RATE_HZ, tBefore?.offset ?? 0);
  if (qrs.onset - from < SHORTEST_P_SECONDS * RATE_HZ) return null;
  const stretch = { from, to: qrs.onset, rateHz: RATE_HZ };
  return largestWave(wide, stretch, P_RULES) ?? largestWave(narrow, stretch, NARROW_P_RULES);
}

function keepPWaves(
  leads: readonly LeadSlopes[],
  rPeaks: readonly number[],
  found: FoundWaves<SteepWave>,
): FoundWaves<SteepWave> {
  const kept = arePWaves(
    leads.map(({ wide }) => wide),
    rPeaks.map((rPeak, beat) => ({ rPeak, wave: found.merged[beat]! })),
    RATE_HZ,
  );
  const keep = (waves: readonly (SteepWave | null)[]) =>
    waves.map((wave, beat) => (kept[beat] ? wave : null));
  return { byLead: found.byLead.map(keep), merged: keep(found.merged) };
}
