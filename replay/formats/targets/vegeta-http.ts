/**
 * vegeta's http targets:
 *
 *     # at 2021-11-08T18:59:50.9Z
 *     GET http://goku:9090/path/to/dragon?item=ball
 *     X-Account-ID: 8675309
 *
 * Comments (`#`) are read over by vegeta: ours tell the time of the target that follows. Bodies are
 * files of their own (`@path`): a capture that may come from anywhere does not choose which files of
 * this machine are sent, so that such targets are skipped, and requests with a body not written.
 * Source: vegeta, lib/targets.go, NewHTTPTargeter.
 */
import type { RecordedRequest } from '../capture.ts';
import type { Draft } from '../text/in-order.ts';
import { emptyDraft, type LineParser, type LineSink, lineSource } from '../text/line-source.ts';
import {
  isHeaderName,
  isHeaderValue,
  type RequestParts,
  requestParts,
  withHost,
} from '../text/request-line.ts';
import { isoOf, type Moment, parseIso } from '../text/stamps.ts';
import type { ReadOptions, TextFormat } from '../text/text-format.ts';
import { pacer } from './paced.ts';
import { lineEncoder, UNSOUND_HEADER, type Written } from './write-lines.ts';

const TARGET = /^([A-Z]+) (https?:\/\/\S+)$/;
const METHOD = /^[A-Z]+\s/;
const AT = /^# ?at (\S+)$/;
const MOST_HEADERS = 1000;
const MOST_LINE = 65_536;

export const vegetaHttp: TextFormat = {
  name: 'vegeta-http',
  suffixes: ['.targets', '.http'],
  looksLike: (head) => {
    const text = Buffer.from(head.subarray(0, 65_536)).toString('latin1');
    const first = text.split(/\r?\n/).find((line) => line !== '' && !line.startsWith('#'));
    return first !== undefined && TARGET.test(first.trim());
  },
  read: (input, options: ReadOptions = {}) =>
    lineSource(
      'vegeta-http',
      input,
      options,
      (sink) => new TargetParser(sink, options.ratePerSecond).parser,
      MOST_LINE,
    ),
  encoder: (options = {}) => lineEncoder(options, targetOf, MOST_LINE, 'latin1'),
};

/** A target goes on until the next one begins: lines that belong to it are no records. */
class TargetParser {
  readonly parser: LineParser;
  private readonly sink: LineSink;
  private readonly nextMoment: () => Moment;
  private parts: RequestParts | undefined;
  private headers: string[] = [];
  private moment: Moment | undefined;
  private hasFile = false;
  /** Why the target that goes on cannot be sent. */
  private problem: string | undefined;

  constructor(sink: LineSink, ratePerSecond: number | undefined) {
    this.sink = sink;
    this.nextMoment = pacer(sink, ratePerSecond);
    this.parser = {
      parse: ({ text }, from, to) => this.line(trimmed(text.substring(from, to))),
      end: () => {
        this.finish();
      },
    };
  }

  private line(line: string): string | undefined {
    if (line === '') return undefined;
    if (line.startsWith('#')) {
      const stamp = AT.exec(line)?.[1];
      if (stamp === undefined) return undefined;
      this.finish();
      this.moment = parseIso(stamp);
      return undefined;
    }
    if (METHOD.test(line)) return this.begin(line);
    if (this.parts === undefined && this.problem === undefined) return 'no target before this line';
    if (line.startsWith('@')) this.hasFile = true;
    else this.addHeader(line);
    return undefined;
  }

  private begin(line: string): string | undefined {
    const moment = this.parts === undefined ? this.moment : undefined;
    this.finish();
    this.moment = moment;
    const [, method = '', url = ''] = TARGET.exec(line) ?? [];
    const parts = url === '' ? 'target is no METHOD URL' : requestParts(method, url);
    if (typeof parts === 'string') {
      this.problem = parts;
      return parts;
    }
    this.parts = parts;
    return undefined;
  }

  private addHeader(line: string): void {
    const colon = line.indexOf(':');
    const name = trimmed(line.slice(0, Math.max(0, colon)));
    const value = trimmed(line.slice(colon + 1));
    const isSound = colon > 0 && isHeaderName(name) && isHeaderValue(value);
    if (isSound && this.headers.length < 2 * MOST_HEADERS) this.headers.push(name, value);
    else this.sink.note('line that is no header: left out');
  }

  private finish(): void {
    const { parts, headers, hasFile, sink } = this;
    if (parts !== undefined && hasFile) sink.skip('body in a file of its own');
    else if (parts !== undefined) {
      const moment = this.moment ?? this.nextMoment();
      sink.use(draftOf(parts, headers, sink.nextId()), moment.second, moment.nanos);
    }
    this.parts = undefined;
    this.headers = [];
    this.moment = undefined;
    this.hasFile = false;
    this.problem = undefined;
  }
}

/** Without spaces and tabs at its ends; `trim` would take bytes away that are none of ASCII. */
function trimmed(text: string): string {
  const isBlank = (at: number) => text[at] === ' ' || text[at] === '\t';
  let [from, to] = [0, text.length];
  while (from < to && isBlank(from)) from++;
  while (to > from && isBlank(to - 1)) to--;
  return text.slice(from, to);
}

function draftOf({ method, target, host }: RequestParts, headers: string[], id: string): Draft {
  return { ...emptyDraft(id), method, target, headers: withHost(headers, host) };
}

function targetOf({ atNs, method, headers, body }: RecordedRequest, url: string): Written {
  if (body !== undefined && body.length > 0) {
    return { reason: 'body, which vegeta wants in a file of its own: use vegeta-json' };
  }
  if (!/^[A-Z]+$/.test(method)) return { reason: 'method that is not in capitals' };
  const kept = headers.map((text, at) => (at % 2 === 0 ? text : trimmed(text)));
  const lines = [`# at ${isoOf(atNs)}`, `${method} ${url}`];
  for (let at = 0; at < kept.length; at += 2) {
    if (!isHeaderName(kept[at]!) || !isHeaderValue(kept[at + 1]!))
      return { reason: UNSOUND_HEADER };
    if (kept[at]!.startsWith('#')) return { reason: 'header that would be a comment' };
    lines.push(`${kept[at]}: ${kept[at + 1]}`);
  }
  return { line: `${lines.join('\n')}\n\n`, headers: kept };
}
