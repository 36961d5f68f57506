/**
 * MATLAB v5 files (compressed or not) with one ECG matrix.
 *
 * Source: as mat5-elements.ts and mat5-facts.ts. Rate, lead names and unit come from the file, from the
 * JSON beside it (sidecar.ts) or from the caller; a file that says no unit is refused, not guessed at.
 */
import { PqrError } from '../ecg/errors.js';
import { STANDARD_LEADS } from '../ecg/leads.js';
import { DEFAULT_LIMITS } from '../ecg/limits.js';
import type { EcgRecord, EcgWarning } from '../ecg/record.js';
import { millivoltsPerUnit } from '../ecg/units.js';
import { type ByteSource, type SourceFolder, shown } from './byte-source.js';
import { type Channel, makeChannelRecord, readWhole } from './channels.js';
import { patientOf } from './facts.js';
import { type MatNumbers, parseMat5 } from './mat5-elements.js';
import { factsOf, flattenNames, type MatFacts, signalOf } from './mat5-facts.js';
import type { ReadOptions } from './read-options.js';
import { readSidecar, type Sidecar } from './sidecar.js';
import { checkSize } from './size.js';
import { warning } from './warnings.js';

/** Signals beside an ECG that some sets give in microvolts all the same. */
const NO_ECG = /^(?:PPG|PLETH|ABP|ART|PAP|CVP|RESP|SPO2|EEG|EMG|EOG)/i;

/** Reads a MAT v5 file. @throws `format.*`, `limit.exceeded`, `record.invalid`, `file.*` */
export async function readMat5(
  source: ByteSource,
  folder: SourceFolder,
  options: ReadOptions = {},
): Promise<EcgRecord> {
  const { limits = DEFAULT_LIMITS } = options;
  const file = source.name;
  const variables = parseMat5(await readWhole(source, options), file, limits);
  const names = flattenNames(variables);
  const matrix = signalOf(names, limits.signalCount);
  if (matrix === undefined) {
    throw new PqrError(
      'record.invalid',
      `${shown(file)} has no matrix that is clearly an ECG; it has ${shown([...variables.keys()].join(', ') || 'no variables')}.`,
      { hint: 'Call the matrix of leads and samples val.' },
    );
  }
  const facts = factsOf(names);
  const sidecar = await readSidecar(file, folder, limits);
  const samplingRateHz = facts.samplingRateHz ?? sidecar.samplingRateHz ?? options.samplingRateHz;
  if (samplingRateHz === undefined) {
    throw new PqrError('format.header', `${shown(file)} doesn't say its sampling rate.`, {
      hint: 'Give it with --sampling-rate, or write {"samplingRateHz": 500, "unit": "mV"} beside it as JSON.',
    });
  }
  const leadCount = Math.min(matrix.rowCount, matrix.columnCount);
  const sampleCount = Math.max(matrix.rowCount, matrix.columnCount);
  checkSize({ leadCount, sampleCount, samplingRateHz }, limits);
  const warnings: EcgWarning[] = [];
  const naming = { facts, sidecar, file, leadCount };
  const leads = leadNamesOf(naming, options, warnings);
  const channels = readChannels(matrix, leads, { naming, options, warnings });
  const { ageYears, sex } = facts;
  // Names that the caller gave have named the leads already, where the file has none.
  const namedByFile = (facts.leads ?? sidecar.leads) !== undefined;
  const { leads: wanted, ...others } = options;
  return makeChannelRecord(
    {
      ...{ format: 'mat', file, samplingRateHz, channels, warnings },
      patient: patientOf({ ageYears, sex }),
    },
    namedByFile && wanted !== undefined ? options : others,
  );
}

interface Naming {
  readonly facts: MatFacts;
  readonly sidecar: Sidecar;
  readonly file: string;
  readonly leadCount: number;
}

function leadNamesOf(
  { facts, sidecar, file, leadCount }: Naming,
  options: ReadOptions,
  warnings: EcgWarning[],
): readonly string[] {
  const given = facts.leads ?? sidecar.leads ?? options.leads;
  if (given !== undefined && given.length !== leadCount) {
    throw new PqrError(
      'format.inconsistent',
      `${shown(file)} has ${leadCount} leads, but ${given.length} lead names were given.`,
    );
  }
  if (given !== undefined) return given;
  if (leadCount !== STANDARD_LEADS.length) return Array.from({ length: leadCount }, () => '');
  const message = `The matrix names no leads; its 12 were taken for ${STANDARD_LEADS.join(', ')}.`;
  warnings.push(warning('format.leads-assumed', message));
  return STANDARD_LEADS;
}

interface Scaling {
  readonly naming: Naming;
  readonly options: ReadOptions;
  readonly warnings: EcgWarning[];
}

/** The rows in a voltage unit; others are left out with a warning. @throws `format.header` */
function readChannels(
  matrix: MatNumbers,
  leads: readonly string[],
  { naming, options, warnings }: Scaling,
): Channel[] {
  const { facts, sidecar, file, leadCount } = naming;
  const rowsAreLeads = matrix.rowCount === leadCount;
  const dropped: string[] = [];
  const channels = leads.flatMap((name, lead) => {
    const unit = facts.units?.[lead] ?? facts.units?.[0] ?? sidecar.unit ?? options.unit;
    if (unit === undefined) {
      throw new PqrError('format.header', `${shown(file)} doesn't say its unit.`, {
        hint: 'Give it with --unit mV or --unit uV.',
      });
    }
    const millivolts = millivoltsPerUnit(unit);
    if (millivolts === undefined || NO_ECG.test(name)) {
      dropped.push(name);
      return [];
    }
    const gain = facts.gains?.[lead] || 1;
    const unitsPerMillivolt = millivolts >= 1 ? 1 / millivolts : Math.round(1 / millivolts);
    const values = readLead(matrix, lead, rowsAreLeads);
    const baseline = facts.zeros?.[lead] ?? 0;
    return [{ name, values, adcPerMillivolt: gain * unitsPerMillivolt, baseline }];
  });
  if (dropped.length > 0) {
    const list = dropped.map(shown).join(', ');
    const message = `Signals that are no ECG were left out: ${list}.`;
    warnings.push(warning('format.signal-dropped', message, dropped));
  }
  return channels;
}

function readLead(matrix: MatNumbers, lead: number, rowsAreLeads: boolean) {
  const { rowCount, columnCount, at, integer } = matrix;
  const count = rowsAreLeads ? columnCount : rowCount;
  const first = rowsAreLeads ? lead : lead * rowCount;
  const step = rowsAreLeads ? rowCount : 1;
  const values = new Float64Array(count);
  for (let sample = 0; sample < count; sample++) values[sample] = at(first + sample * step);
  return integer ? Int32Array.from(values) : values;
}
