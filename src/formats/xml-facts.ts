/** What the XML files of devices share beside the samples: measurements in elements, dates as texts. */
import { deviceMeasurement, isoOf } from './facts.js';
import type { XmlElement } from './xml.js';
import { numberAt } from './xml-find.js';

/** The elements that may hold it, the first of them counts; its name; its unit. */
export type XmlMeasurement = readonly [elements: readonly string[], name: string, unit: string];

/** The device's measurements below an element as comments. */
export function measurementsAt(
  element: XmlElement | undefined,
  measurements: readonly XmlMeasurement[],
): string[] {
  return measurements.flatMap(([paths, name, unit]) => {
    const values = paths.map((path) => numberAt(element, path));
    return deviceMeasurement(
      name,
      values.find((value) => value !== undefined),
      unit,
    );
  });
}

/** `MM-DD-YYYY` or `YYYY-MM-DD`, and `HH:MM:SS`, as ISO 8601; undefined where there is no such day. */
export function isoOfTexts(date: string | undefined, time: string | undefined): string | undefined {
  const american = /^(\d{1,2})-(\d{1,2})-(\d{4})$/.exec(date ?? '');
  const [, year, month, day] = american
    ? ['', american[3], american[1], american[2]]
    : (/^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(date ?? '') ?? []);
  if (year === undefined) return undefined;
  const [hour, minute, second] = (time ?? '').split(':').map(Number);
  return isoOf({
    year: Number(year),
    month: Number(month),
    day: Number(day),
    ...{ hour, minute, second },
  });
}
