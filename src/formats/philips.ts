/**
 * Philips Sierra XML, versions 1.03 and 1.04 (`restingecgdata`): the parsed waveforms become one record.
 *
 * Source: Philips' SierraECG.xsd as the files follow it, and sierra-ecg-tools (Watford; MIT licence). III,
 * aVR, aVL and aVF are stored as what is left after their prediction from I and II.
 * Representative beats are not read.
 */
import { PqrError } from '../ecg/errors.js';
import { DEFAULT_LIMITS, type Limits } from '../ecg/limits.js';
import type { EcgRecord, EcgWarning } from '../ecg/record.js';
import { decodeBase64, int16Samples } from './base64-samples.js';
import { type ByteSource, shown } from './byte-source.js';
import { type Channel, makeChannelRecord, readWhole } from './channels.js';
import { readPhilipsFacts } from './philips-facts.js';
import type { ReadOptions } from './read-options.js';
import { checkSize } from './size.js';
import { parseCount, parseDecimal } from './text.js';
import { warning } from './warnings.js';
import { decodeXli } from './xli.js';
import { parseXml, type XmlElement } from './xml.js';
import { attributeOf, findFirst, numberAt, textAt } from './xml-find.js';

const TWELVE = 'I II III aVR aVL aVF V1 V2 V3 V4 V5 V6';
const VERSIONS = /^1\.0[34](?:\.\d+)?$/;
const STANDARD_ACQUISITION = new Set(['STD-12', '10-WIRE']);

/** Reads a Philips XML file. @throws `format.*`, `limit.exceeded`, `record.invalid`, `file.*` */
export async function readPhilips(
  source: ByteSource,
  options: ReadOptions = {},
): Promise<EcgRecord> {
  const { limits = DEFAULT_LIMITS } = options;
  const file = source.name;
  const root = parseXml(await readWhole(source, options), { file, limits });
  const version = textAt(root, 'documentinfo/documentversion') ?? 'none';
  if (!VERSIONS.test(version)) {
    throw new PqrError(
      'format.unsupported',
      `${shown(file)} is Philips XML version ${shown(version)}; 1.03 and 1.04 are read.`,
    );
  }
  const layout = readLayout(root, file);
  const warnings: EcgWarning[] = [];
  const leads = readLeads(layout, { file, limits, warnings });
  const { samplingRateHz, adcPerMillivolt } = layout;
  const channels: Channel[] = leads.map((values, index) => ({
    ...{ name: layout.labels[index]!, values, adcPerMillivolt },
  }));
  const facts = readPhilipsFacts(root);
  return makeChannelRecord(
    { ...facts, format: 'philips', file, samplingRateHz, channels, warnings },
    options,
  );
}

interface Layout {
  readonly waveforms: XmlElement;
  readonly labels: readonly string[];
  readonly samplingRateHz: number;
  readonly sampleCount: number;
  readonly adcPerMillivolt: number;
}

/** What the file says about its samples; version 1.04 says it at the waveforms, 1.03 before them. */
function readLayout(root: XmlElement, file: string): Layout {
  const signal = findFirst(root, 'dataacquisition/signalcharacteristics');
  const waveforms = findFirst(root, 'waveforms/parsedwaveforms');
  if (waveforms === undefined) {
    throw new PqrError('record.invalid', `${shown(file)} has no parsed waveforms.`);
  }
  const number = (attribute: string, ...elements: string[]) =>
    parseDecimal(attributeOf(waveforms, attribute) ?? '') ??
    elements.map((element) => numberAt(signal, element)).find((value) => value !== undefined);
  const samplingRateHz = number('samplespersecond', 'samplingrate');
  const microvolts = number('resolution', 'resolution', 'signalresolution');
  const milliseconds = number('durationperchannel');
  const bits = number('bitspersample', 'bitspersample');
  if (!samplingRateHz || !microvolts || !milliseconds || (bits ?? 16) !== 16) {
    throw new PqrError(
      'format.header',
      `${shown(file)} does not say what its samples are (${samplingRateHz} Hz, ${microvolts} uV a step, ${milliseconds} ms, ${bits} bits).`,
    );
  }
  const sampleCount = Math.floor((milliseconds * samplingRateHz) / 1000);
  const labels = labelsOf(waveforms, signal, file);
  return { waveforms, labels, samplingRateHz, sampleCount, adcPerMillivolt: 1000 / microvolts };
}

function labelsOf(
  waveforms: XmlElement,
  signal: XmlElement | undefined,
  file: string,
): readonly string[] {
  const given = attributeOf(waveforms, 'leadlabels')?.split(/\s+/);
  const announced =
    attributeOf(waveforms, 'numberofleads') ?? textAt(signal, 'numberchannelsvalid');
  const count = parseCount(announced ?? '');
  const acquisition = textAt(signal, 'acquisitiontype') ?? '';
  const labels = given ?? (STANDARD_ACQUISITION.has(acquisition) ? TWELVE.split(' ') : undefined);
  if (labels === undefined || count === undefined || count > labels.length || count === 0) {
    throw new PqrError(
      'format.unsupported',
      `${shown(file)} names no leads (acquisition ${shown(acquisition || 'unknown')}, ${count} leads).`,
    );
  }
  return labels.slice(0, count);
}

const UNCOMPRESSED_MESSAGE =
  'The waveforms are not compressed; reading such files was never checked on an independent one.';

interface Reading {
  readonly file: string;
  readonly limits: Limits;
  readonly warnings: EcgWarning[];
}

function readLeads(layout: Layout, { file, limits, warnings }: Reading): Int16Array[] {
  const { waveforms, labels, sampleCount, samplingRateHz } = layout;
  checkSize({ leadCount: labels.length, sampleCount, samplingRateHz }, limits);
  const encoding = attributeOf(waveforms, 'dataencoding') ?? 'none';
  const named =
    attributeOf(waveforms, 'compression') ?? attributeOf(waveforms, 'compressmethod') ?? '';
  const compression = attributeOf(waveforms, 'compressflag') === 'False' ? '' : named;
  if (encoding !== 'Base64' || !/^(?:XLI|Uncompressed|None|)$/i.test(compression)) {
    throw new PqrError(
      'format.unsupported',
      `${shown(file)}: the waveforms are coded as ${shown(encoding)}, ${shown(compression || 'uncompressed')}; Base64 with XLI or uncompressed is read.`,
    );
  }
  const bytes = decodeBase64(waveforms.text, 'the waveform', file);
  const compressed = /^XLI$/i.test(compression);
  if (!compressed) warnings.push(warning('format.experimental', UNCOMPRESSED_MESSAGE));
  const leads = compressed
    ? decodeXli(bytes, sampleCount, file)
    : splitLeads(int16Samples(bytes), sampleCount);
  if (leads.length < labels.length) {
    throw new PqrError(
      'format.truncated',
      `${shown(file)} holds ${leads.length} of ${labels.length} leads.`,
      { hint: 'Export or copy the file again.' },
    );
  }
  const wanted = leads.slice(0, labels.length);
  undoPrediction(labels, wanted);
  return wanted;
}

function splitLeads(values: Int16Array, sampleCount: number): Int16Array[] {
  return Array.from({ length: Math.floor(values.length / sampleCount) }, (_, lead) =>
    values.subarray(lead * sampleCount, (lead + 1) * sampleCount),
  );
}

type Undo = (one: number, two: number, three: number, stored: number) => number;

/** What was stored for each limb lead is its difference to what I, II and III say, rounded down. */
const UNDO: readonly (readonly [string, Undo])[] = [
  ['III', (one, two, _three, stored) => two - one - stored],
  ['aVR', (one, two, _three, stored) => -stored - ((one + two) >> 1)],
  ['aVL', (one, _two, three, stored) => ((one - three) >> 1) - stored],
  ['aVF', (_one, two, three, stored) => ((two + three) >> 1) - stored],
];

function undoPrediction(labels: readonly string[], leads: readonly Int16Array[]): void {
  const lead = (name: string) => leads[labels.indexOf(name)];
  const [one, two, three] = [lead('I'), lead('II'), lead('III')];
  if (!one || !two || !three) return;
  for (const [name, undo] of UNDO) {
    const stored = lead(name);
    if (stored === undefined) continue;
    for (let index = 0; index < stored.length; index++) {
      stored[index] = undo(one[index]!, two[index]!, three[index]!, stored[index]!);
    }
  }
}
