/** The directives of Apache's LogFormat. Source: Apache, mod_log_config, "Custom Log Formats". */
import { UsageError } from '../../../simulator/model/usage-error.ts';
import { isHeaderName } from '../text/request-line.ts';
import { clfOf, epochOf, fractionOf, parseClf, parseEpoch } from '../text/stamps.ts';
import type { Field } from './format-fields.ts';
import { compileStrftime } from './strftime.ts';

const FIELDS: Readonly<Record<string, Omit<Field, 'name'>>> = {
  h: { role: 'client' },
  a: { role: 'client' },
  r: { role: 'request' },
  m: { role: 'method' },
  U: { role: 'target', isPath: true },
  q: { role: 'query', none: '' },
  H: { role: 'protocol' },
  b: { role: 'sent' },
  B: { role: 'sent' },
  O: { role: 'sent' },
  I: { role: 'received' },
  s: { role: 'status' },
  v: { role: 'host' },
  V: { role: 'host' },
  D: { role: 'latency', places: 6 },
};
/** Of `%{…}T`. */
const UNITS: Readonly<Record<string, number>> = { s: 0, ms: 3, us: 6 };
const EPOCH: Readonly<Record<string, number>> = { sec: 0, msec: 3, usec: 6 };
const FRACTION: Readonly<Record<string, number>> = { msec_frac: 3, usec_frac: 6 };

/**
 * A directive by its letter and what stands in braces. What is not known is read over. Throws a
 * UsageError for a time that cannot be read back.
 */
export function apacheField(letter: string, argument: string | undefined): Field {
  const name = argument === undefined ? `%${letter}` : `%{${argument}}${letter}`;
  if (letter === 't') return timeField(name, argument);
  if (letter === 'T') return { name, role: 'latency', places: UNITS[argument ?? 's'] ?? 0 };
  if (letter === 'p') {
    return { name, role: argument === 'remote' ? 'port' : 'ignored' };
  }
  if (letter === 'i') return headerField(name, argument ?? '');
  if (!Object.hasOwn(FIELDS, letter)) return { name, role: 'ignored' };
  // A query (`%q`) begins with its question mark, or is empty.
  return { name, ...FIELDS[letter]! };
}

function headerField(name: string, header: string): Field {
  if (header.toLowerCase() === 'host') return { name, role: 'host' };
  return isHeaderName(header) ? { name, role: 'header', header } : { name, role: 'ignored' };
}

function timeField(name: string, argument: string | undefined): Field {
  if (argument === undefined) {
    const moment = (text: string) => parseClf(text.slice(1, -1));
    const stamp = (atNs: bigint) => `[${clfOf(atNs)}]`;
    return { name, role: 'time', moment, isCoarse: true, width: 28, stamp };
  }
  const isEnd = argument.startsWith('end:');
  const format = argument.replace(/^(?:begin|end):/, '');
  const fraction = FRACTION[format];
  if (fraction !== undefined) {
    const stamp = (atNs: bigint) => fractionOf(atNs, fraction);
    return { name, role: 'fraction', places: fraction, width: fraction, isEnd, stamp };
  }
  const epoch = EPOCH[format];
  if (epoch !== undefined) {
    const moment = (text: string) => parseEpoch(text, epoch);
    const stamp = (atNs: bigint) => epochOf(atNs, epoch, 0);
    return { name, role: 'time', moment, isCoarse: epoch === 0, isEnd, stamp };
  }
  if (format === '%z') return { name, role: 'zone', width: 5 };
  const moment = compileStrftime(format);
  if (moment?.isWhole !== true) {
    throw new UsageError(`log format: ${name} cannot be read back; use %t or %{msec}t`);
  }
  const { parse, stamp } = moment;
  return { name, role: 'time', moment: parse, isCoarse: true, isEnd, stamp };
}
