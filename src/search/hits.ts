/** One hit as the user sees it: the recording's own data, the scores a level, the evidence in seconds. */
import type { StoredEcg } from '../archive/ports.js';
import type { Candidate } from './candidates.js';
import type { HitEvidence, HitMetadata, HitQuality, SearchHit, SearchLevel } from './ports.js';

interface HitParts {
  readonly ecg: StoredEcg;
  readonly score: number;
  readonly candidates: readonly { level: SearchLevel; candidate: Candidate }[];
  readonly phrase: string;
}

export function makeHit({ ecg, score, candidates, phrase }: HitParts): SearchHit {
  return {
    ecgId: ecg.ecgId,
    record: ecg.record,
    score: round(score),
    levels: Object.fromEntries(
      candidates.map(({ level, candidate }) => [level, round(candidate.score)]),
    ),
    metadata: hitMetadata(ecg),
    report: ecg.report ?? null,
    evidence: candidates.flatMap(({ level, candidate }) =>
      evidenceOf(level, candidate, { ecg, phrase }),
    ),
    quality: hitQuality(ecg),
  };
}

function hitQuality({ quality }: StoredEcg): HitQuality | null {
  if (!quality) return null;
  const { acceptable, score, reasons } = quality;
  return { acceptable, score, reasons: reasons.map(({ message }) => message) };
}

function evidenceOf(
  level: SearchLevel,
  { moments, vector, score, snippet }: Candidate,
  { ecg, phrase }: { ecg: StoredEcg; phrase: string },
): HitEvidence[] {
  const places = moments ?? (vector ? [{ ...vector, phrase, score }] : []);
  if (places.length === 0) return [{ level, phrase: snippet ?? phrase, score: round(score) }];
  return places.map((place) => ({
    level,
    phrase: place.phrase,
    startSeconds: round(place.startSample / ecg.samplingRateHz),
    endSeconds: round(place.endSample / ecg.samplingRateHz),
    score: round(place.score),
  }));
}

export function hitMetadata(ecg: StoredEcg): HitMetadata {
  return {
    patientId: ecg.patient.id ?? null,
    age: ecg.patient.ageYears ?? null,
    sex: ecg.patient.sex ?? null,
    recordedAt: ecg.recordedAt ?? null,
    codes: ecg.codes,
    leads: ecg.leads,
    samplingRateHz: ecg.samplingRateHz,
    durationSeconds: ecg.durationSeconds,
  };
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
