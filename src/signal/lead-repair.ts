/**
 * Repair of a recording with fewer than twelve leads: what is missing is computed from what is there, and marked.
 *
 * Limb leads come from two others exactly (Einthoven, Goldberger); what is left comes from a linear map with an
 * error that is told (lead-map.ts). A lead that is recorded stays as it is, good or bad; one that holds no signal
 * (missing, or flat throughout) is replaced. A reconstructed chest lead shows what is usual, not what is there:
 * it serves display and models that want twelve leads, never a diagnosis.
 */
import { PqrError } from '../ecg/errors.js';
import { isStandardLead, STANDARD_LEADS } from '../ecg/leads.js';
import { type ReconstructedLead, reconstructedComment } from '../ecg/reconstructed.js';
import { type EcgRecord, leadSamples, makeRecord } from '../ecg/record.js';
import { leadMaps } from './lead-map.js';
import { isLimbLead, limbWeights } from './limb-leads.js';
import { inspectSignal } from './quality.js';
import { reconstructedWarnings } from './reconstructed-warnings.js';

interface Source {
  readonly lead: string;
  readonly samples: Float32Array;
}

/** One lead to be computed: weights of sources, less each source's median where it is a regression. */
interface Recipe {
  readonly lead: string;
  readonly method: ReconstructedLead['method'];
  readonly sources: readonly Source[];
  readonly weights: readonly number[];
  readonly rmseMillivolts: number;
}

const MICROVOLTS = 1000;

/**
 * The recording with all twelve standard leads, in our order, further leads after them.
 * @returns the record itself where nothing is missing; else with `reconstructed` and a warning
 *   `signal.reconstructed`
 * @throws `signal.unusable` where none of the standard leads has a signal
 */
export function repairLeads(record: EcgRecord): EcgRecord {
  const sources = usableLeads(record);
  const present = new Set(sources.map(({ lead }) => lead));
  const missing = STANDARD_LEADS.filter((lead) => !present.has(lead));
  if (missing.length === 0) return record;
  if (sources.length === 0) {
    throw new PqrError(
      'signal.unusable',
      `None of the standard leads has a signal to compute others from: ${record.leads.join(', ')}.`,
      { hint: 'Name the leads in the header, or with --leads for CSV and NPY.' },
    );
  }
  return assemble(record, sources, recipes(sources, missing));
}

function usableLeads(record: EcgRecord): Source[] {
  const { leads } = inspectSignal(record);
  return record.leads.flatMap((lead, index) =>
    isStandardLead(lead) && leads[index]!.hasSignal
      ? [{ lead, samples: leadSamples(record, index) }]
      : [],
  );
}

function recipes(sources: readonly Source[], missing: readonly string[]): Recipe[] {
  const limb = sources.filter(({ lead }) => isLimbLead(lead)).slice(0, 2);
  const exact = limb.length === 2 ? missing.filter(isLimbLead) : [];
  const rest = missing.filter((lead) => !(exact as readonly string[]).includes(lead));
  // Two limb leads hold all that limb leads tell; more would make the map unsolvable.
  const used = [...limb, ...sources.filter(({ lead }) => !isLimbLead(lead))];
  const maps = leadMaps(
    used.map(({ lead }) => lead),
    rest,
  );
  const [first, second] = limb;
  return [
    ...exact.map((lead): Recipe => {
      const weights = limbWeights(lead, first!.lead as typeof lead, second!.lead as typeof lead);
      return { lead, method: 'limb-identity', sources: limb, weights, rmseMillivolts: 0 };
    }),
    ...maps.map(
      ({ wanted, weights, rmseMillivolts }): Recipe => ({
        lead: wanted,
        method: 'regression',
        sources: used,
        weights,
        rmseMillivolts: Math.round(rmseMillivolts * MICROVOLTS) / MICROVOLTS,
      }),
    ),
  ];
}

function assemble(
  record: EcgRecord,
  sources: readonly Source[],
  made: readonly Recipe[],
): EcgRecord {
  const kept = new Map(sources.map(({ lead, samples }) => [lead, samples]));
  for (const recipe of made) kept.set(recipe.lead, cook(recipe, record.sampleCount));
  record.leads.forEach((lead, index) => {
    if (!isStandardLead(lead)) kept.set(lead, leadSamples(record, index));
  });
  const further = record.leads.filter((lead) => !isStandardLead(lead));
  const leads = [...STANDARD_LEADS, ...further];
  const samples = new Float32Array(leads.length * record.sampleCount);
  leads.forEach((lead, row) => {
    samples.set(kept.get(lead)!, row * record.sampleCount);
  });
  const { adcPerMillivolt: _, ...rest } = record; // computed samples are no whole steps
  const reconstructed = made.map(({ lead, method, sources: from, rmseMillivolts }) => ({
    lead,
    method,
    from: from.map((source) => source.lead),
    rmseMillivolts,
  }));
  return makeRecord({
    ...rest,
    leads,
    samples,
    reconstructed,
    comments: [...record.comments, ...reconstructed.map(reconstructedComment)],
    warnings: [...record.warnings, ...reconstructedWarnings(reconstructed)],
  });
}

/** NaN where one of the sources is. */
function cook({ method, sources, weights }: Recipe, sampleCount: number): Float32Array {
  const target = new Float32Array(sampleCount);
  sources.forEach(({ samples }, row) => {
    const weight = weights[row]!;
    const level = method === 'regression' ? medianOf(samples) : 0;
    for (let index = 0; index < sampleCount; index += 1)
      target[index]! += weight * (samples[index]! - level);
  });
  return target;
}

function medianOf(samples: Float32Array): number {
  const sorted = samples.filter(Number.isFinite).sort();
  return sorted[sorted.length >> 1] ?? 0;
}
