/** `multipart/form-data`: RFC 7578, RFC 2046 section 5.1. */
import type { Finds } from './finds.ts';
import type { Redaction } from './rules.ts';
import { redactText } from './text.ts';

const BOUNDARY = /;\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;,"]{1,70}))/i;
const NAME = /;\s*name="([^"\r\n]{0,256})"/i;
const KEPT_LINES = /^(content-disposition|content-type):/i;
const MOST_PARTS = 1000;

/**
 * A form whose fields are redacted by name and by shape. The content of files is replaced by
 * nothing: it can be anything. Undefined where it is no such form to the last byte.
 *
 * @param contentType with its boundary
 */
export function redactMultipart(
  text: string,
  contentType: string,
  redaction: Redaction,
  finds: Finds,
): string | undefined {
  const found = BOUNDARY.exec(contentType);
  if (found === null) return undefined;
  const boundary = `--${found[1] ?? found[2]}`;
  const parts = `\r\n${text}`.split(`\r\n${boundary}`);
  const [preamble, ...fields] = parts;
  const epilogue = fields.pop();
  if (preamble !== '' || epilogue === undefined || !/^--(\r\n)?$/.test(epilogue)) return undefined;
  if (fields.length > MOST_PARTS) return undefined;
  const redacted: string[] = [];
  for (const field of fields) {
    const part = redactField(field, redaction, finds);
    if (part === undefined) return undefined;
    redacted.push(boundary + part);
  }
  return `${redacted.join('\r\n')}\r\n${boundary}${epilogue}`;
}

function redactField(field: string, redaction: Redaction, finds: Finds): string | undefined {
  const end = field.indexOf('\r\n\r\n');
  if (!field.startsWith('\r\n') || end < 0) return undefined;
  const head = field.slice(2, end).split('\r\n');
  if (!head.every((line) => KEPT_LINES.test(line))) return undefined;
  const lines = head.map((line) => redactText(line, redaction, finds));
  const value = redactFieldValue(head, field.slice(end + 4), redaction, finds);
  return value === undefined ? undefined : `\r\n${lines.join('\r\n')}\r\n\r\n${value}`;
}

function redactFieldValue(
  head: readonly string[],
  value: string,
  redaction: Redaction,
  finds: Finds,
): string | undefined {
  const disposition = head.find((line) => /^content-disposition:/i.test(line));
  if (disposition === undefined) return undefined;
  if (head.length > 1 || /;\s*filename/i.test(disposition)) {
    finds.count('file of a form');
    return '';
  }
  const name = NAME.exec(disposition)?.[1];
  if (name === undefined) return undefined;
  if (value === '' || !redaction.isSensitive(name)) return redactText(value, redaction, finds);
  finds.note('named value', value);
  return redaction.pseudonyms.text(value);
}
