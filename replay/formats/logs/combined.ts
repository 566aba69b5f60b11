/**
 * The combined log format of nginx and Apache, the one that most logs are in, and the common one,
 * which ends after the size:
 *
 *     client ident user [time] "request" status size "referer" "agent" rest
 *
 * The rest may begin with a duration: `0.005` (nginx: $request_time, seconds) or `5123` (Apache:
 * %D, µs), bare or named (`rt=0.005`). nginx stamps the end of a request, Apache its receipt: where
 * nginx tells the duration, the arrival is the end less the duration; without it both look alike,
 * and the stamp is taken for the arrival.
 * Source: nginx, ngx_http_log_module; Apache, mod_log_config.
 */
import type { CaptureSource } from '../capture.ts';
import { closingQuote, unescaped } from '../text/escapes.ts';
import { ANYWHERE } from '../text/in-order.ts';
import { type LineParser, type LineSink, lineSource } from '../text/line-source.ts';
import type { LineBlock } from '../text/lines.ts';
import { Memo } from '../text/memo.ts';
import { parseClf, parseNanoseconds } from '../text/stamps.ts';
import {
  type CaptureInput,
  firstLine,
  type ReadOptions,
  type TextFormat,
} from '../text/text-format.ts';
import { answerOf, headersOf, methodReason, NO_REQUEST } from './access.ts';
import { CompletionRun } from './completion-run.ts';
import { RequestReader } from './request-reader.ts';
import { combinedEncoder } from './write-combined.ts';

const SPACE = 32;
const QUOTE = 34;
const DASH = 45;
const OPENING = 91;
const CLOSING = 93;
const STAMP_LENGTH = 26;
const LOOKS_LIKE = /^\S+ \S+ .*\[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "/;

/** Access logs in the combined or common log format. */
export const combined: TextFormat = {
  name: 'combined',
  suffixes: ['.log'],
  looksLike: (head) => LOOKS_LIKE.test(firstLine(head).slice(0, 1000)),
  read: readCombined,
  encoder: combinedEncoder,
};

function readCombined(input: CaptureInput, options: ReadOptions = {}): CaptureSource {
  return lineSource('combined', input, options, (sink) => combinedParser(sink, options));
}

/** What there is after the size. */
interface Rest {
  readonly headers: readonly string[];
  readonly durationNs: number | undefined;
  /** Whether the stamp is of the end, as nginx's is. */
  readonly isFromEnd: boolean;
}

const NO_REST: Rest = { headers: [], durationNs: undefined, isFromEnd: false };

function combinedParser(sink: LineSink, { seed, everyMethod = false }: ReadOptions): LineParser {
  const rests = new Memo(restOf, 1024);
  const stamps = new StampReader();
  const request = new RequestReader();
  const run = new CompletionRun(sink, seed);
  const skip = (reason: string): undefined => {
    sink.skip(reason);
    return undefined;
  };
  const parse = (block: LineBlock, from: number, to: number): string | undefined => {
    const { bytes } = block;
    const clientTo = spaceFrom(bytes, from, to);
    const stampFrom = startOfStamp(block, clientTo, to);
    if (stampFrom < 0) return 'no [time] in the line';
    const second = stamps.at(block, stampFrom, Math.min(stampFrom + STAMP_LENGTH, to));
    if (second < 0) return 'time is not like 10/Oct/2000:13:55:36 -0700';
    const requestFrom = stampFrom + STAMP_LENGTH + 3;
    if (bytes[requestFrom - 1] !== QUOTE) return 'no "request" after the time';
    const problem = request.read(block, requestFrom, to);
    if (problem !== undefined) return problem === NO_REQUEST ? skip(problem) : problem;
    const { method, target, host, to: requestTo } = request;
    const status = statusAt(bytes, requestTo + 2, to);
    if (status < 0) return 'status is no number from 100 to 599';
    const unwanted = methodReason(method, everyMethod);
    if (unwanted !== undefined) return skip(unwanted);
    const restFrom = spaceFrom(bytes, requestTo + 6, to) + 1;
    const rest = restFrom < to ? rests.at(block, restFrom, to) : NO_REST;
    const draft = {
      atNs: 0n,
      id: sink.nextId(),
      connection: clientAt(block, from, clientTo),
      method,
      target,
      headers: host === undefined ? rest.headers : ['Host', host, ...rest.headers],
      body: undefined,
      answer: status === 0 ? undefined : answerOf(status, rest.durationNs),
    };
    if (rest.isFromEnd) run.push(draft, second, rest.durationNs!);
    else sink.use(draft, second, ANYWHERE);
    return undefined;
  };
  return { parse, end: () => run.end() };
}

/** The seconds of a stamp; most are the same as the one before. */
class StampReader {
  private readonly latest = new Uint8Array(STAMP_LENGTH);
  private second = -1;

  /** −1 where it is none. */
  at({ bytes, text }: LineBlock, from: number, to: number): number {
    if (to - from < STAMP_LENGTH) return -1;
    const { latest } = this;
    for (let at = STAMP_LENGTH - 1; at >= 0; at--) {
      if (bytes[from + at] === latest[at]) continue;
      const second = bytes[to] === CLOSING ? parseClf(text.substring(from, to))?.second : undefined;
      if (second === undefined) return -1;
      latest.set(bytes.subarray(from, to));
      this.second = second;
      break;
    }
    return bytes[to] === CLOSING ? this.second : -1;
  }
}

/** V8 copies up to 12 characters; longer cuts refer to their text, and keep all of it alive. */
const COPIED = 12;

/** Undefined where the log says `-`: not all requests without a client are of one. */
function clientAt(block: LineBlock, from: number, to: number): string | undefined {
  const isNone = to === from + 1 && block.bytes[from] === DASH;
  return isNone ? undefined : ownText(block, from, to);
}

/** A text that may be kept for long: whoever follows clients keeps their addresses. */
function ownText({ text, bytes }: LineBlock, from: number, to: number): string {
  const middle = from + COPIED;
  if (to <= middle) return text.substring(from, to);
  if (to - middle > COPIED) return bytes.toString('latin1', from, to);
  return text.substring(from, middle) + text.substring(middle, to);
}

/** Where the next space is; `to` where there is none. */
function spaceFrom(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] !== SPACE) at++;
  return at;
}

/** Behind `ident user [`, which are nearly always `- - [`; −1 where there is no bracket. */
function startOfStamp({ text, bytes }: LineBlock, clientTo: number, to: number): number {
  if (bytes[clientTo + 5] === OPENING && bytes[clientTo + 4] === SPACE) return clientTo + 6;
  const opening = text.indexOf('[', clientTo);
  return opening < 0 || opening >= to ? -1 : opening + 1;
}

/** `"referer" "agent"`, perhaps with more behind. */
function restOf(text: string): Rest {
  const refererTo = text.startsWith('"') ? closingQuote(text, 1, text.length) : -1;
  if (refererTo < 0 || text.charCodeAt(refererTo + 2) !== QUOTE) return NO_REST;
  const agentTo = closingQuote(text, refererTo + 3, text.length);
  if (agentTo < 0) return NO_REST;
  const referer = unescaped(text.slice(1, refererTo));
  const agent = unescaped(text.slice(refererTo + 3, agentTo));
  const headers = headersOf(['Referer', referer], ['User-Agent', agent]);
  return { headers, ...durationIn(text.slice(agentTo + 2, agentTo + 300)) };
}

/** 0 for no answer, which is `000` in logs of nginx; −1 for what is none. */
function statusAt(bytes: Uint8Array, from: number, to: number): number {
  if (from + 3 > to || (from + 3 < to && bytes[from + 3] !== SPACE)) return -1;
  const hundreds = bytes[from]! - 48;
  const tens = bytes[from + 1]! - 48;
  const ones = bytes[from + 2]! - 48;
  const isStatus =
    hundreds >= 0 && hundreds <= 5 && tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9;
  const status = isStatus ? hundreds * 100 + tens * 10 + ones : -1;
  return status >= 100 || status === 0 ? status : -1;
}

const SECONDS = /(?:^|[ =])(\d{1,7}\.\d{1,9})(?= |$)/;
const MICROSECONDS = /^(?:"[^"]*" )?(?:[a-zA-Z_]{1,30}=)?(\d{1,15})(?: |$)/;

function durationIn(rest: string): Omit<Rest, 'headers'> {
  const seconds = SECONDS.exec(rest)?.[1];
  const micros = seconds === undefined ? MICROSECONDS.exec(rest)?.[1] : undefined;
  const durationNs =
    seconds !== undefined
      ? parseNanoseconds(seconds, 0)
      : micros !== undefined
        ? parseNanoseconds(micros, 6)
        : undefined;
  return { durationNs, isFromEnd: seconds !== undefined && durationNs !== undefined };
}
