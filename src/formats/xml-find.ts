/** Finding things in a parsed XML document: by path of element names, by attribute, by number. */
import { parseDecimal } from './text.js';
import type { XmlElement } from './xml.js';

/** The elements at a path below `from`: `component/series`. Every element of a name is followed. */
export function findAll(from: XmlElement, path: string): XmlElement[] {
  let found: XmlElement[] = [from];
  for (const name of path.split('/')) {
    found = found.flatMap((element) => element.children.filter((child) => child.name === name));
  }
  return found;
}

/** The first element at a path, or undefined. */
export function findFirst(from: XmlElement | undefined, path: string): XmlElement | undefined {
  return from === undefined ? undefined : findAll(from, path)[0];
}

/** The trimmed text of the first element at a path; undefined where there is none or it is empty. */
export function textAt(from: XmlElement | undefined, path: string): string | undefined {
  return textOf(findFirst(from, path));
}

/** The trimmed text of an element; undefined where it is empty. */
export function textOf(element: XmlElement | undefined): string | undefined {
  return element?.text.trim() || undefined;
}

/** A number in the text of the first element at a path. */
export function numberAt(from: XmlElement | undefined, path: string): number | undefined {
  return parseDecimal(textAt(from, path) ?? '');
}

/** A trimmed attribute; undefined where it is missing or empty. */
export function attributeOf(element: XmlElement | undefined, name: string): string | undefined {
  return element?.attributes.get(name)?.trim() || undefined;
}

/** Every element of a name at any depth, in document order. */
export function descendants(from: XmlElement, name: string): XmlElement[] {
  const found: XmlElement[] = [];
  const pending = [from];
  for (let element = pending.pop(); element !== undefined; element = pending.pop()) {
    if (element.name === name) found.push(element);
    for (let at = element.children.length - 1; at >= 0; at--) pending.push(element.children[at]!);
  }
  return found;
}
