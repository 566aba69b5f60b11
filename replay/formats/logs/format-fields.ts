/** What fields of a log format mean, and how the fields of a line become a request. */
import { ANYWHERE } from '../text/in-order.ts';
import { parseRequestLine, type RequestParts, requestParts } from '../text/request-line.ts';
import { type Moment, parseNanoseconds, zoneMinutes } from '../text/stamps.ts';
import { clientOf, headersOf, NO_REQUEST, NO_REQUEST_WORDS, statusOf } from './access.ts';
import type { LineMeaning } from './line-log.ts';

export type Role =
  | 'time'
  | 'fraction'
  | 'zone'
  | 'request'
  | 'method'
  | 'target'
  | 'query'
  | 'host'
  | 'status'
  | 'latency'
  | 'client'
  | 'port'
  | 'connection'
  | 'header'
  /** What follows has no meaning to readers; writers have something to say. */
  | 'protocol'
  | 'sent'
  | 'received'
  | 'ignored';

export interface Field {
  /** As the format writes it. */
  readonly name: string;
  readonly role: Role;
  /** Of times: what the text says; undefined where it is no moment. */
  readonly moment?: (text: string) => Moment | undefined;
  /** Of times: whether there is nothing finer than a second in it. */
  readonly isCoarse?: boolean;
  /** Of times and fractions: whether it is the end of the request. */
  readonly isEnd?: boolean;
  /** Of times and fractions: how the server writes that moment. */
  readonly stamp?: (atNs: bigint) => string;
  /** Of latencies and fractions of a second: decimal places of their unit. */
  readonly places?: number;
  /** Of latencies: digits behind the point that the server writes; default none. */
  readonly decimals?: number;
  /** Of targets: whether the query is left out. */
  readonly isPath?: boolean;
  /** Of requests: whether there is a URL in the target's place. */
  readonly isUrl?: boolean;
  /** What the server writes where there is nothing to say; default `-`. */
  readonly none?: string;
  /** Of headers: how it is sent. */
  readonly header?: string;
  /** Always so many characters. */
  readonly width?: number;
  /** Values with commas between them, one for each server that was asked. */
  readonly isList?: boolean;
}

/** Whether a time is to be taken instead of another one of its line: the first, or a finer one. */
export function isBetterTime(field: Field, than: Field | undefined): boolean {
  return than === undefined || (than.isCoarse === true && field.isCoarse !== true);
}

/** The fields of one line. */
export class Fields {
  private readonly texts = new Map<Role, string>();
  private readonly headers: (readonly [string, string])[] = [];
  private time: Field | undefined;
  private latency: Field | undefined;
  private fraction: Field | undefined;

  /** The first of a role counts; of times, the finest. */
  add(field: Field, text: string): void {
    const { role } = field;
    if (role === 'header') this.headers.push([field.header!, text]);
    else if (role === 'time') this.addTime(field, text);
    else if (role !== 'ignored' && !this.texts.has(role)) {
      this.texts.set(role, text);
      if (role === 'latency') this.latency = field;
      if (role === 'fraction') this.fraction = field;
    }
  }

  /** What the line says as a whole. */
  meaning(): LineMeaning {
    const parts = this.parts();
    if (typeof parts === 'string') return parts === NO_REQUEST ? { skip: parts } : parts;
    const moment = this.moment();
    if (moment === undefined) return 'time is no moment';
    const { texts, latency } = this;
    const isFine = this.fraction !== undefined || this.time?.isCoarse !== true;
    return {
      parts,
      second: moment.second,
      nanos: isFine ? moment.nanos : ANYWHERE,
      isEnd: this.time?.isEnd === true,
      status: statusOf(texts.get('status') ?? ''),
      latencyNs:
        latency === undefined
          ? undefined
          : parseNanoseconds(texts.get('latency')!, latency.places ?? 0),
      connection: this.connection(),
      headers: headersOf(
        ['Host', parts.host === undefined ? texts.get('host') : undefined],
        ...this.headers,
      ),
    };
  }

  private addTime(field: Field, text: string): void {
    if (!isBetterTime(field, this.time)) return;
    this.time = field;
    this.texts.set('time', text);
  }

  private parts(): RequestParts | string {
    const { texts } = this;
    const request = texts.get('request');
    if (request !== undefined) {
      return NO_REQUEST_WORDS.has(request) ? NO_REQUEST : parseRequestLine(request);
    }
    const target = texts.get('target') ?? '';
    const query = texts.get('query') ?? '';
    if (NO_REQUEST_WORDS.has(target)) return NO_REQUEST;
    const hasNone = query === '' || query === '-' || target.includes('?');
    const mark = hasNone ? '' : query.startsWith('?') ? query : `?${query}`;
    return requestParts(texts.get('method') ?? 'GET', target + mark);
  }

  private moment(): Moment | undefined {
    const { texts, time, fraction } = this;
    const moment = time?.moment?.(texts.get('time')!);
    if (moment === undefined) return undefined;
    const zone = texts.get('zone');
    if (zone !== undefined && !/^[+-]\d{4}$/.test(zone)) return undefined;
    const second = moment.second - zoneMinutes(zone) * 60;
    const nanos = fraction === undefined ? moment.nanos : this.nanos(fraction.places!);
    return second >= 0 && nanos < 1e9 ? { second, nanos } : undefined;
  }

  private nanos(places: number): number {
    const digits = this.texts.get('fraction')!;
    return /^\d{1,9}$/.test(digits) ? Number(digits) * 10 ** (9 - places) : Number.NaN;
  }

  private connection(): string | undefined {
    const { texts } = this;
    const serial = texts.get('connection');
    if (serial !== undefined && serial !== '-' && serial !== '') return serial;
    return clientOf(texts.get('client') ?? '-', texts.get('port'))?.replaceAll(' ', '_');
  }
}
