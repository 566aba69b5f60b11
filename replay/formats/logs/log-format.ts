/**
 * A server's own log format string, compiled into a parser:
 *
 *     nginx   $remote_addr - $remote_user [$time_local] "$request" $status rt=$request_time
 *     Apache  %h %l %u %t "%r" %>s %b %D
 *
 * Field and text alternate; a field reaches to the next text. Two fields without a text between
 * them cannot be told apart and are refused. nginx stamps the end of a request, Apache its receipt,
 * unless the format says otherwise (`%{end:…}t`).
 * Source: nginx, log_format; Apache, mod_log_config "Custom Log Formats".
 */
import { UsageError } from '../../../simulator/model/usage-error.ts';
import { closingQuote, unescaped } from '../text/escapes.ts';
import type { TextFormat } from '../text/text-format.ts';
import { apacheField } from './apache-fields.ts';
import { type Field, Fields } from './format-fields.ts';
import { type LineMeaning, lineLog, type Meaner, ofText } from './line-log.ts';
import { nginxField } from './nginx-fields.ts';

const MOST_LENGTH = 10_000;
const MOST_FIELDS = 200;
/** `$name` or `${name}` of nginx. */
const NGINX = /\$(?:\{([a-z0-9_]+)\}|([a-z0-9_]+))/g;
/** `%h`, `%>s`, `%!200,304{Referer}i`, `%{begin:%s}t`, `%{c}a` of Apache; `%%` is a percent sign. */
const APACHE = /%(?:%|[<>!\d,]*(?:\{([^}]*)\})?(\^?[A-Za-z]{1,2}?))/g;

interface Part {
  readonly field: Field;
  /** What stands behind the field; undefined for the end of the line. */
  readonly textAfter: string;
}

export const logFormat: TextFormat = lineLog({
  name: 'log-format',
  suffixes: [],
  isLine: () => false,
  meaningFor: ({ logFormat }) => {
    if (logFormat === undefined) throw new UsageError('log-format: expected a log format string');
    return compileLogFormat(logFormat);
  },
});

/**
 * A parser of lines of that format. Throws a UsageError for a format that does not say when and
 * what was asked for, or that cannot be read back.
 */
export function compileLogFormat(format: string): Meaner {
  if (format.length > MOST_LENGTH) throw new UsageError('log format: expected a shorter one');
  const isApache = !/\$[a-z{]/.test(format) && /%/.test(format);
  const { start, parts } = isApache ? apacheParts(format) : nginxParts(format);
  checkParts(parts);
  return ofText((line) => meaningOf(line, start, parts));
}

interface Parts {
  readonly start: string;
  readonly parts: readonly Part[];
}

function nginxParts(format: string): Parts {
  return partsBetween(format, NGINX, ([, braced, bare]) => nginxField(braced ?? bare!));
}

function apacheParts(format: string): Parts {
  // As it stands in the configuration: quotes escaped, fields in any case.
  const plain = format.replaceAll('\\"', '"').replaceAll('\\t', '\t');
  return partsBetween(plain, APACHE, ([whole, argument, letter]) =>
    whole === '%%' ? undefined : apacheField(letter!, argument),
  );
}

/** @param fieldOf undefined for what is text after all, a percent sign */
function partsBetween(
  format: string,
  pattern: RegExp,
  fieldOf: (match: RegExpExecArray) => Field | undefined,
): Parts {
  const parts: { field: Field; textAfter: string }[] = [];
  let start = '';
  let from = 0;
  const add = (text: string) => {
    const last = parts.at(-1);
    if (last === undefined) start += text;
    else last.textAfter += text;
  };
  for (const match of format.matchAll(pattern)) {
    add(format.slice(from, match.index));
    const field = fieldOf(match);
    const last = parts.at(-1);
    // `%U%q` and `$uri$is_args$args` are one target, written in pieces.
    const isMore = last?.textAfter === '' && last.field.role === 'target' && isQuery(field);
    if (field === undefined) add('%');
    else if (!isMore) parts.push({ field, textAfter: '' });
    from = match.index + match[0].length;
  }
  add(format.slice(from));
  return { start, parts };
}

function isQuery(field: Field | undefined): boolean {
  return field?.role === 'query' || field?.name === '$is_args';
}

function checkParts(parts: readonly Part[]): void {
  if (parts.length > MOST_FIELDS) throw new UsageError('log format: expected fewer fields');
  parts.forEach(({ field, textAfter }, at) => {
    const next = parts[at + 1];
    if (textAfter === '' && next !== undefined && field.width === undefined) {
      throw new UsageError(
        `log format: expected text between ${field.name} and ${next.field.name}, found none`,
      );
    }
  });
  const has = (...roles: readonly Field['role'][]) =>
    parts.some(({ field }) => roles.includes(field.role));
  if (!has('request', 'target')) {
    throw new UsageError('log format: expected a field with the request or its path');
  }
  if (!has('time')) throw new UsageError('log format: expected a field with the time');
}

function meaningOf(line: string, start: string, parts: readonly Part[]): LineMeaning {
  if (!line.startsWith(start)) return 'line is not of the log format: its beginning';
  const fields = new Fields();
  let at = start.length;
  for (const { field, textAfter } of parts) {
    const to = endOf(line, at, field, textAfter);
    if (to < 0) return `line is not of the log format: no end of ${field.name}`;
    fields.add(field, unescaped(line.slice(at, to)));
    at = to + textAfter.length;
  }
  return fields.meaning();
}

function endOf(line: string, from: number, field: Field, textAfter: string): number {
  if (field.width !== undefined) {
    const to = from + field.width;
    return line.startsWith(textAfter, to) && to <= line.length ? to : -1;
  }
  if (textAfter === '') return line.length;
  if (textAfter.startsWith('"')) return endOfQuoted(line, from, textAfter);
  let to = line.indexOf(textAfter, from);
  // `0.003, 0.120`: one value for each server that was asked.
  while (field.isList && to > from && ',:'.includes(line[to - 1]!)) {
    to = line.indexOf(textAfter, to + 1);
  }
  return to;
}

function endOfQuoted(line: string, from: number, textAfter: string): number {
  let to = closingQuote(line, from, line.length);
  while (to >= 0 && !line.startsWith(textAfter, to)) to = closingQuote(line, to + 1, line.length);
  return to;
}
