/**
 * What a WFDB header becomes before its samples are read: the header itself, which signals are leads,
 * their scale and density, and the record's other fields.
 */
import { PqrError } from '../ecg/errors.js';
import { checkLimit, DEFAULT_LIMITS, type Limits } from '../ecg/limits.js';
import type { EcgWarning } from '../ecg/record.js';
import { millivoltsPerUnit } from '../ecg/units.js';
import { type ByteSource, shown } from './byte-source.js';
import { readHeaderComments } from './header-comments.js';
import { leadNames, selectLeads } from './lead-names.js';
import { decodeText, refuseUtf16 } from './text.js';
import { warning } from './warnings.js';
import type { PickedSignal } from './wfdb-group.js';
import { parseWfdbHeader, type WfdbHeader, type WfdbSignal } from './wfdb-header.js';

/** Reads and parses a header. @throws `format.header`, `format.empty`, `limit.exceeded`, `file.*` */
export async function loadHeader(
  source: ByteSource,
  limits: Limits = DEFAULT_LIMITS,
): Promise<WfdbHeader> {
  checkLimit('headerBytes', source.byteLength, shown(source.name), limits);
  const bytes = await source.slice(0, source.byteLength);
  if (bytes.length === 0) {
    throw new PqrError('format.empty', `${shown(source.name)} is empty (0 bytes).`);
  }
  refuseUtf16(bytes, source.name);
  return parseWfdbHeader(decodeText(bytes), source.name, limits);
}

/** The picked signals of a header and what the record needs to know about them. */
export interface SignalPlan {
  readonly picks: readonly PickedSignal[];
  /** Samples a frame of the densest picked signal. */
  readonly samplesPerFrame: number;
  /** Leads that are stretched to that density. */
  readonly stretchedLeads: readonly string[];
}

/** ADC steps a millivolt with the gain's sign, or undefined where the signal is no voltage. */
export function signedAdcPerMillivolt(signal: WfdbSignal): number | undefined {
  const millivolts = millivoltsPerUnit(signal.units);
  if (millivolts === undefined || signal.format === 0) return undefined;
  return millivolts >= 1
    ? signal.adcGain / millivolts
    : signal.adcGain * Math.round(1 / millivolts);
}

/**
 * Chooses the voltage signals (or the wanted leads among them).
 * @throws `record.invalid` where none is left or a wanted lead is missing
 */
export function planSignals(
  signals: readonly WfdbSignal[],
  wanted: readonly string[] | undefined,
  warnings: EcgWarning[],
): SignalPlan {
  const voltage = signals.flatMap((signal, signalIndex) => {
    const adcPerMillivolt = signedAdcPerMillivolt(signal);
    return adcPerMillivolt === undefined ? [] : [{ signal, signalIndex, adcPerMillivolt }];
  });
  warnDropped(signals, warnings);
  if (voltage.length === 0) {
    throw new PqrError('record.invalid', 'The recording has no signal in a voltage unit.', {
      details: { units: signals.map((signal) => signal.units) },
    });
  }
  const names = voltage.map(
    ({ signal, signalIndex }) => signal.description || `ch${signalIndex + 1}`,
  );
  const leads = leadNames(names, warnings);
  const chosen = selectLeads(leads, wanted);
  const picks = chosen.map((position, row) => {
    const { signal, signalIndex, adcPerMillivolt } = voltage[position]!;
    const scale = { baseline: signal.baseline, adcPerMillivolt };
    return { signalIndex, row, lead: leads[position]!, scale };
  });
  return { picks, ...planDensity(signals, picks, warnings) };
}

function warnDropped(signals: readonly WfdbSignal[], warnings: EcgWarning[]): void {
  const dropped = signals.filter((signal) => signedAdcPerMillivolt(signal) === undefined);
  if (dropped.length === 0) return;
  const names = dropped.map((signal) => signal.description || signal.fileName);
  const list = dropped.map((signal, index) => `${shown(names[index]!)} (${shown(signal.units)})`);
  const message = `Signals that are no voltage were left out: ${list.join(', ')}.`;
  warnings.push(warning('format.signal-dropped', message, names));
}

function planDensity(
  signals: readonly WfdbSignal[],
  picks: readonly PickedSignal[],
  warnings: EcgWarning[],
): Pick<SignalPlan, 'samplesPerFrame' | 'stretchedLeads'> {
  const density = (pick: PickedSignal) => signals[pick.signalIndex]!.samplesPerFrame;
  const samplesPerFrame = Math.max(...picks.map(density));
  const stretched = picks.filter((pick) => density(pick) < samplesPerFrame);
  const stretchedLeads = stretched.map((pick) => pick.lead);
  if (stretchedLeads.length > 0) {
    const message = `Leads with fewer samples were interpolated to the highest rate: ${stretchedLeads.map(shown).join(', ')}.`;
    warnings.push(warning('format.mixed-rate', message, stretchedLeads));
  }
  return { samplesPerFrame, stretchedLeads };
}

/** The record fields that headers give: patient, codes, date, comments. */
export function headerFields(header: WfdbHeader) {
  const facts = readHeaderComments(header.comments);
  const recordedAt = header.recordedAt ?? facts.recordedAt;
  return { ...facts, ...(recordedAt !== undefined && { recordedAt }) };
}
