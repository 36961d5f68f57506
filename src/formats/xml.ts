/**
 * A small reader of XML: elements, attributes, text; made for hostile files.
 *
 * Source: W3C XML 1.0, fifth edition. No entity but the five predefined and character references; no
 * DOCTYPE, but for one exception a caller may make: a bare `<!DOCTYPE name SYSTEM "...">`, which GE MUSE
 * puts into every file, is passed over and the file that it names is never opened. Name prefixes are
 * dropped. Depth and number of elements are bounded; it runs in one pass and never backtracks.
 */
import { PqrError } from '../ecg/errors.js';
import { checkLimit, type Limits } from '../ecg/limits.js';
import { shown } from './byte-source.js';
import { decodeText } from './text.js';

export interface XmlElement {
  /** Without prefix. */
  readonly name: string;
  /** By name without prefix. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Its own text, not that of its children, as it stands. */
  readonly text: string;
}

export interface XmlOptions {
  readonly file: string;
  readonly limits: Limits;
  /** A document type of this name without inner declarations is passed over. */
  readonly passedDoctype?: string;
}

interface OpenElement {
  readonly name: string;
  readonly fullName: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: XmlElement[];
  readonly text: string[];
}

/** UTF-16 by its byte order mark; else UTF-8, or Latin-1 where it is none. */
export function decodeXml(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return decodeText(bytes);
}

/** Parses a document and gives its root. @throws `format.header`, `format.unsupported`, `limit.exceeded` */
export function parseXml(bytes: Uint8Array, options: XmlOptions): XmlElement {
  checkLimit('textBytes', bytes.length, shown(options.file), options.limits);
  return new XmlParser(decodeXml(bytes), options).parse();
}

const NAME = /[^\s/>=<"']+/y;
const SPACE = /\s*/y;
const REFERENCES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

class XmlParser {
  private at = 0;
  private elementCount = 0;
  private readonly open: OpenElement[] = [];
  private root: XmlElement | undefined;

  constructor(
    private readonly source: string,
    private readonly options: XmlOptions,
  ) {}

  parse(): XmlElement {
    const { source } = this;
    while (this.at < source.length) {
      const next = source.indexOf('<', this.at);
      this.takeText(source.slice(this.at, next === -1 ? source.length : next));
      if (next === -1) break;
      this.at = next;
      this.takeMarkup();
    }
    const unclosed = this.open.at(-1);
    if (unclosed) this.fail(`<${unclosed.fullName}> is never closed: the file was cut off`);
    return this.root ?? this.fail('there is no element');
  }

  private takeMarkup(): void {
    const { source, at } = this;
    if (source.startsWith('<!--', at)) this.skipTo('-->');
    else if (source.startsWith('<?', at)) this.skipTo('?>');
    else if (source.startsWith('<![CDATA[', at)) {
      const start = at + '<![CDATA['.length;
      this.skipTo(']]>');
      this.open.at(-1)?.text.push(source.slice(start, this.at - 3));
    } else if (source.startsWith('<!', at)) this.takeDoctype();
    else if (source.startsWith('</', at)) this.closeElement();
    else this.openElement();
  }

  private skipTo(end: string): void {
    const found = this.source.indexOf(end, this.at);
    if (found === -1) this.fail(`${end} is missing`);
    this.at = found + end.length;
  }

  private takeDoctype(): void {
    const start = this.at;
    this.skipTo('>');
    const text = this.source.slice(start, this.at);
    const bare =
      /^<!DOCTYPE\s+([\w.-]{1,64})\s+SYSTEM\s+(?:"[^"<[\]]{0,256}"|'[^'<[\]]{0,256}')\s*>$/;
    const name = bare.exec(text)?.[1];
    if (name !== undefined && name === this.options.passedDoctype && !this.root) return;
    throw new PqrError(
      'format.unsupported',
      `${shown(this.options.file)} has a document type (DOCTYPE), which is never read.`,
      { hint: 'Remove the declaration: it may hold entities.' },
    );
  }

  private takeText(text: string): void {
    const element = this.open.at(-1);
    if (element !== undefined) element.text.push(this.decode(text));
    else if (/[^\s\ufeff]/.test(text)) this.fail('there is text outside the root element');
  }

  private openElement(): void {
    this.at++;
    const fullName = this.takeName();
    checkLimit('xmlDepth', this.open.length + 1, shown(this.options.file), this.options.limits);
    this.elementCount++;
    const { file, limits } = this.options;
    checkLimit('xmlElementCount', this.elementCount, shown(file), limits);
    if (this.open.length === 0 && this.root) this.fail('there are two root elements');
    const attributes = this.takeAttributes();
    const element = { name: bareName(fullName), fullName, attributes, children: [], text: [] };
    this.open.push(element);
    if (this.source[this.at] === '/') {
      this.at++;
      this.finishElement();
    }
    if (this.source[this.at] !== '>') this.fail(`<${fullName}> has no end`);
    this.at++;
  }

  private closeElement(): void {
    this.at += 2;
    const name = this.takeName();
    this.skipSpace();
    const element = this.open.at(-1);
    if (this.source[this.at] !== '>' || element?.fullName !== name) {
      this.fail(`</${name}> closes ${element ? `<${element.fullName}>` : 'nothing'}`);
    }
    this.at++;
    this.finishElement();
  }

  private finishElement(): void {
    const { name, attributes, children, text } = this.open.pop()!;
    const element = { name, attributes, children, text: text.join('') };
    const parent = this.open.at(-1);
    if (parent) parent.children.push(element);
    else this.root = element;
  }

  private takeAttributes(): Map<string, string> {
    const attributes = new Map<string, string>();
    for (;;) {
      this.skipSpace();
      const char = this.source[this.at];
      if (char === undefined || char === '>' || char === '/') return attributes;
      const name = this.takeName();
      this.skipSpace();
      if (this.source[this.at] !== '=') this.fail(`the attribute ${name} has no value`);
      this.at++;
      this.skipSpace();
      attributes.set(bareName(name), this.takeQuoted(name));
    }
  }

  private takeQuoted(name: string): string {
    const quote = this.source[this.at];
    const end = quote === '"' || quote === "'" ? this.source.indexOf(quote, this.at + 1) : -1;
    if (end === -1) this.fail(`the attribute ${name} has no quoted value`);
    const value = this.source.slice(this.at + 1, end);
    this.at = end + 1;
    return this.decode(value);
  }

  private takeName(): string {
    NAME.lastIndex = this.at;
    const name = NAME.exec(this.source)?.[0];
    if (name === undefined) this.fail('a name is missing');
    this.at += name.length;
    return name;
  }

  private skipSpace(): void {
    SPACE.lastIndex = this.at;
    this.at += SPACE.exec(this.source)![0].length;
  }

  private decode(text: string): string {
    if (!text.includes('&')) return text;
    return text.replace(/&([^;&]{0,32})(;?)/g, (whole, name: string, end: string) => {
      const character = end === ';' ? characterOf(name) : undefined;
      if (character !== undefined) return character;
      throw new PqrError(
        'format.unsupported',
        `${shown(this.options.file)} uses the entity ${shown(whole)}; only &amp; &lt; &gt; &quot; &apos; and character numbers are read.`,
      );
    });
  }

  private fail(why: string): never {
    const line = this.source.slice(0, this.at).split('\n').length;
    throw new PqrError(
      'format.header',
      `${shown(this.options.file)} is not well-formed XML: ${shown(why)} (line ${line}).`,
      { hint: 'Export or copy the file again.' },
    );
  }
}

function characterOf(name: string): string | undefined {
  const code = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name);
  if (!code) return REFERENCES[name];
  const point = code[1] === undefined ? Number(code[2]) : Number.parseInt(code[1], 16);
  return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : undefined;
}

const bareName = (name: string) => name.slice(name.indexOf(':') + 1);
