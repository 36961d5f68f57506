/** The elements of a device's XML file that name people, ids and places, for de-identification. */
import type { Identity } from '../ecg/identity.js';
import type { XmlElement } from './xml.js';

export interface IdentityElements {
  /** Elements whose text is a person's name, or a part of one. */
  readonly names: RegExp;
  /** Elements whose text, or whose attribute `extension`, is an id, a place or a number of the kind. */
  readonly others: RegExp;
  /** Elements that are not looked into. */
  readonly passed?: RegExp;
}

/** What is named below `from`, at any depth. */
export function identityOfXml(from: readonly XmlElement[], elements: IdentityElements): Identity {
  const names: string[] = [];
  const others: string[] = [];
  const pending = [...from].reverse();
  for (let element = pending.pop(); element !== undefined; element = pending.pop()) {
    if (elements.passed?.test(element.name)) continue;
    if (elements.names.test(element.name)) names.push(element.text);
    else if (elements.others.test(element.name)) {
      others.push(element.text, element.attributes.get('extension') ?? '');
    }
    for (let at = element.children.length - 1; at >= 0; at--) pending.push(element.children[at]!);
  }
  return { names, others };
}
