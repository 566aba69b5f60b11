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
import { escapedForApache, escapedForLog, unescaped } from '../text/escapes.ts';
import { bytesOf } from '../text/request-line.ts';
import type { TextFormat } from '../text/text-format.ts';
import { apacheField } from './apache-fields.ts';
import { type Field, Fields } from './format-fields.ts';
import { type LineMeaning, lineLog, ofText } from './line-log.ts';
import { endOf, type Layout, layoutOf, type Part } from './log-layout.ts';
import { nginxField } from './nginx-fields.ts';
import { type Dialect, dialectEncoder } from './write-log.ts';

const MOST_LENGTH = 10_000;
const MOST_FIELDS = 200;
/** `$name` or `${name}` of nginx. */
const NGINX = /\$(?:\{([a-z0-9_]+)\}|([a-z0-9_]+))/g;
/** `%h`, `%>s`, `%!200,304{Referer}i`, `%{begin:%s}t`, `%{c}a` of Apache; `%%` is a percent sign. */
const APACHE = /%(?:%|[<>!\d,]*(?:\{([^}]*)\})?(\^?[A-Za-z]{1,2}?))/g;

export const logFormat: TextFormat = lineLog({
  name: 'log-format',
  suffixes: [],
  isLine: () => false,
  meaningFor: ({ logFormat }) => ofText(compileLogFormat(logFormat).meaning),
  encoder: ({ logFormat } = {}) => dialectEncoder(compileLogFormat(logFormat)),
});

/**
 * Reads and writes lines of that format. Throws a UsageError for a format that does not say when
 * and what was asked for, or that cannot be read back.
 */
function compileLogFormat(format: string | undefined): Dialect {
  if (format === undefined) throw new UsageError('log-format: expected a log format string');
  if (format.length > MOST_LENGTH) throw new UsageError('log format: expected a shorter one');
  if (/[\r\n]/.test(format)) throw new UsageError('log format: expected one line, found several');
  const isApache = !/\$[a-z{]/.test(format) && /%/.test(format);
  // Lines are bytes as Latin-1, whatever their text is.
  const layout = isApache ? apacheLayout(bytesOf(format)) : nginxLayout(bytesOf(format));
  checkParts(layout.parts);
  return {
    layout,
    escape: isApache ? escapedForApache : escapedForLog,
    unescape: unescaped,
    meaning: (line) => meaningOf(line, layout),
  };
}

function nginxLayout(format: string): Layout {
  return layoutOf(format, NGINX, ([, braced, bare]) => nginxField(braced ?? bare!));
}

function apacheLayout(format: string): Layout {
  // As it stands in the configuration: quotes escaped, fields in any case.
  const plain = format.replaceAll('\\"', '"').replaceAll('\\t', '\t');
  return layoutOf(plain, APACHE, ([whole, argument, letter]) =>
    whole === '%%' ? undefined : apacheField(letter!, argument),
  );
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

function meaningOf(line: string, { start, parts }: Layout): LineMeaning {
  if (!line.startsWith(start)) return 'line is not of the log format: its beginning';
  const fields = new Fields();
  let at = start.length;
  for (const part of parts) {
    const { field, textAfter } = part;
    const to = endOf(line, at, part);
    if (to < 0) return `line is not of the log format: no end of ${field.name}`;
    fields.add(field, unescaped(line.slice(at, to)));
    at = to + textAfter.length;
  }
  return fields.meaning();
}
