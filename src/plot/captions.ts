/** The words around the paper: title, speed and gain, time shown, what is missing, and the standing notice. */
import { durationSeconds, type EcgRecord } from '../ecg/record.js';
import { type Drawing, isCut } from './drawing.js';
import type { PlotPlan } from './layout.js';
import type { ResolvedPlotOptions } from './options.js';
import { fitText } from './text.js';

const SCALE_ROOM_UNITS = 5500;
const NOTICE_ROOM_UNITS = 4800;
const SEPARATOR = ' \u00b7 ';
const ATTENTION_KEY = 'violet: where the model looked';
const WAVES_KEY = 'stripes: P blue, QRS red, T green';
const COMPUTED_KEY = '* dashed: reconstructed, not recorded';
const NOTICE = 'Research use, not for diagnosis';

/** Header and footer. */
export function drawCaptions(drawing: Drawing): string {
  const { record, options, plan, box, write } = drawing;
  const right = box.left + box.width;
  const shaded = options.attention.length === 0 ? '' : ATTENTION_KEY;
  const striped = options.waves.length === 0 ? '' : WAVES_KEY;
  const footer = [
    ...[
      timeText(record, options),
      shaded,
      striped,
      omittedText(plan),
      cutText(drawing),
      computedText(drawing),
      options.footer,
    ],
  ];
  const left = footer.filter((part) => part !== '').join(SEPARATOR);
  const y = box.top + box.height + 1000;
  const small = { size: 270, colour: '#3a3a3f' };
  const title = fitText(options.title, 360, box.width - SCALE_ROOM_UNITS);
  const caption = fitText(left, small.size, box.width - NOTICE_ROOM_UNITS);
  return (
    write(title, { x: box.left, y: 620, size: 360, bold: true }) +
    write(scaleText(options), { x: right, y: 620, size: 340, anchor: 'end' }) +
    write(caption, { x: box.left, y, ...small }) +
    write(NOTICE, { x: right, y, anchor: 'end', ...small })
  );
}

function scaleText({ speedMmPerSecond, gainMmPerMillivolt }: ResolvedPlotOptions): string {
  return `${speedMmPerSecond} mm/s${SEPARATOR}${gainMmPerMillivolt} mm/mV`;
}

function timeText(record: EcgRecord, { startSeconds, shownSeconds }: ResolvedPlotOptions): string {
  const end = startSeconds + shownSeconds;
  const shown = `${startSeconds.toFixed(1)} to ${end.toFixed(1)} s`;
  const total = `${durationSeconds(record).toFixed(1)} s`;
  return `${shown} of ${total}${SEPARATOR}${Math.round(record.samplingRateHz * 100) / 100} Hz`;
}

function omittedText({ omittedLeads }: PlotPlan): string {
  return omittedLeads.length === 0 ? '' : `not shown: ${omittedLeads.join(', ')}`;
}

/** Says which traces leave their part of the paper, so that a missing peak is never taken for none. */
function cutText({ plan, placed, bands }: Drawing): string {
  const leads = placed
    .filter((one) => isCut(plan, one, bands[one.panel.row]!))
    .map((one) => one.panel.lead);
  return leads.length === 0 ? '' : `cut at the edge: ${[...new Set(leads)].join(', ')}`;
}

/** Whether a lead was computed from others; such a trace is dashed and its name has a star. */
export function isComputed({ reconstructed = [] }: EcgRecord, lead: string): boolean {
  return reconstructed.some((one) => one.lead === lead);
}

function computedText({ record, placed }: Drawing): string {
  const leads = placed.filter(({ panel }) => isComputed(record, panel.lead));
  return leads.length === 0 ? '' : COMPUTED_KEY;
}

/** The picture in one sentence, for those who cannot see it. */
export function describe({ record, options }: Drawing): string {
  const { startSeconds, shownSeconds } = options;
  const end = startSeconds + shownSeconds;
  const span = `${startSeconds.toFixed(1)} to ${end.toFixed(1)} s`;
  return `${record.leads.length}-lead ECG, ${span}, ${scaleText(options)}. ${NOTICE}.`;
}
