/** 16-bit little-endian samples in Base64 text, as MUSE and Philips files hold them. */
import { PqrError } from '../ecg/errors.js';
import { shown } from './byte-source.js';

/** One pass: a pattern for the whole text would run back and forth over white space. */
const NO_BASE64 = /[^A-Za-z0-9+/=\s]/;

/** The bytes of Base64 text; white space is passed over. @throws `format.header` */
export function decodeBase64(text: string, what: string, file: string): Uint8Array {
  if (!NO_BASE64.test(text)) return new Uint8Array(Buffer.from(text, 'base64'));
  throw new PqrError('format.header', `${shown(file)}: ${shown(what)} is not in Base64.`, {
    hint: 'Export or copy the file again.',
  });
}

/** Little-endian 16-bit integers; a last odd byte is left out. */
export function int16Samples(bytes: Uint8Array): Int16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Int16Array(bytes.length >> 1);
  for (let index = 0; index < values.length; index++) {
    values[index] = view.getInt16(2 * index, true);
  }
  return values;
}
