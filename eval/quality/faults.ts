/** Faults put into real recordings, to see which of them the quality judge names. Nothing is random. */
import { type EcgRecord, leadSamples } from '../../src/ecg/record.js';

export interface Fault {
  readonly name: string;
  /** The codes that name it. */
  readonly codes: readonly string[];
  readonly make: (record: EcgRecord) => EcgRecord;
}

type Leads = Record<string, Float32Array>;

/** A copy with other samples in some leads. */
function changed(record: EcgRecord, change: (leads: Leads) => Leads): EcgRecord {
  const leads = Object.fromEntries(
    record.leads.map((lead, index) => [lead, leadSamples(record, index)]),
  );
  const samples = record.samples.slice();
  for (const [lead, values] of Object.entries(change(leads)))
    samples.set(values, record.leads.indexOf(lead) * record.sampleCount);
  const { adcPerMillivolt: _, ...rest } = record;
  return { ...rest, samples, warnings: [] };
}

const added = (lead: Float32Array, of: (sample: number) => number) =>
  lead.map((value, sample) => value + of(sample));

function hum(hz: number): Fault['make'] {
  return (record) =>
    changed(record, (leads) => ({
      V2: added(
        leads['V2']!,
        (sample) => 0.1 * Math.sin((2 * Math.PI * hz * sample) / record.samplingRateHz),
      ),
    }));
}

const twice =
  (lead: string): Fault['make'] =>
  (record) =>
    changed(record, (leads) => ({ [lead]: leads[lead]!.map((value) => 2 * value) }));

export const FAULTS: readonly Fault[] = [
  {
    name: 'arm electrodes exchanged',
    codes: ['signal.reversal'],
    make: (record) =>
      changed(record, (leads) => ({
        I: leads['I']!.map((value) => -value),
        II: leads['III']!,
        III: leads['II']!,
        aVR: leads['aVL']!,
        aVL: leads['aVR']!,
      })),
  },
  {
    name: 'V1 and V3 exchanged',
    codes: ['signal.chest-order'],
    make: (record) => changed(record, (leads) => ({ V1: leads['V3']!, V3: leads['V1']! })),
  },
  {
    name: 'aVL and aVF swapped',
    codes: ['signal.limb-leads'],
    make: (record) => changed(record, (leads) => ({ aVL: leads['aVF']!, aVF: leads['aVL']! })),
  },
  { name: 'lead III with gain 2', codes: ['signal.limb-leads'], make: twice('III') },
  {
    name: 'lead V3 with gain 2',
    codes: ['signal.chest-gain', 'signal.chest-order'],
    make: twice('V3'),
  },
  {
    name: 'lead V4 upside down',
    codes: ['signal.chest-gain', 'signal.chest-order'],
    make: (record) => changed(record, (leads) => ({ V4: leads['V4']!.map((value) => -value) })),
  },
  {
    name: 'lead II upside down',
    codes: ['signal.limb-leads'],
    make: (record) => changed(record, (leads) => ({ II: leads['II']!.map((value) => -value) })),
  },
  {
    name: 'lead V4 flat',
    codes: ['signal.flat'],
    make: (record) => changed(record, (leads) => ({ V4: leads['V4']!.map(() => 0.1) })),
  },
  { name: '50 Hz hum of 0.1 mV in V2', codes: ['signal.hum'], make: hum(50) },
  { name: '60 Hz hum of 0.1 mV in V2', codes: ['signal.hum'], make: hum(60) },
  {
    name: 'wander of 2 mV in V5',
    codes: ['signal.wander'],
    make: (record) =>
      changed(record, (leads) => ({
        V5: added(leads['V5']!, (sample) =>
          Math.sin((2 * Math.PI * 0.2 * sample) / record.samplingRateHz),
        ),
      })),
  },
  {
    name: 'V6 clipped at half its height',
    codes: ['signal.clipped'],
    make: (record) =>
      changed(record, (leads) => {
        const most = leads['V6']!.reduce((max, value) => Math.max(max, value), 0) / 2;
        return { V6: leads['V6']!.map((value) => Math.min(most, value)) };
      }),
  },
  {
    name: 'microvolts taken for millivolts',
    codes: ['signal.amplitude'],
    make: (record) =>
      changed(record, (leads) =>
        Object.fromEntries(
          Object.entries(leads).map(([lead, values]) => [lead, values.map((v) => 1000 * v)]),
        ),
      ),
  },
];

/** As FAULTS' first: for fitting. */
export const exchangeArms = FAULTS[0]!.make;
