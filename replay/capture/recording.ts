/** What the recorder's thread does: redacts, frames, writes. Bytes reach the disk here alone. */
import { holdsSeparator } from '../formats/gor/separator.ts';
import { encodeRecord, type WireMessage } from '../formats/gor/write.ts';
import { isoMsOf } from '../formats/text/stamps.ts';
import { DROPPED_HEADER, Redactor } from '../redact/redactor.ts';
import type { RedactionRules } from '../redact/rules.ts';
import { CaptureFiles, type FileOptions, type RecordKind } from './capture-file.ts';
import type { Tapped, TappedAnswer, TappedRequest } from './exchange-tap.ts';
import { valuesOf } from './head.ts';
import { type CaptureManifest, type Counts, NameCounts } from './manifest.ts';

export interface RecordingOptions {
  readonly file: FileOptions;
  readonly rules: RedactionRules;
  /** Over all files; nothing is recorded after it. */
  readonly mostBytes: number;
  readonly source: string;
  readonly version: string;
  readonly startedNs: bigint;
  readonly retainDays: number;
  readonly sampledRatio: number;
}

/** What the other thread has counted. */
export interface SeenCounts {
  readonly seen: number;
  readonly skipped: Counts;
  readonly lost: Counts;
  readonly answersLost: Counts;
}

/** Without a body these need no Content-Length: RFC 9110, section 8.6. */
const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'DELETE', 'CONNECT']);
const DAY_NS = 86_400_000_000_000n;
/** Requests whose answers may still come: their secrets are remembered for these. */
const MOST_OPEN = 20_000;

export class Recording {
  private readonly options: RecordingOptions;
  private readonly files: CaptureFiles;
  private readonly redactor: Redactor;
  private readonly hosts = new NameCounts();
  private readonly methods = new NameCounts();
  private readonly secrets = new Map<string, Set<string>>();
  private readonly lost = { request: new Map<string, number>(), answer: new Map<string, number>() };
  private firstNs: bigint | undefined;
  private lastNs = 0n;

  /** Makes the first file. Throws where it cannot. */
  constructor(options: RecordingOptions, nowMs: number) {
    this.options = options;
    this.redactor = new Redactor(options.rules);
    this.files = new CaptureFiles(options.file, nowMs);
  }

  get waitingBytes(): number {
    return this.files.waitingBytes;
  }

  /** Never throws: what cannot be redacted or written is counted and not there. */
  record(tapped: Tapped): void {
    if (this.files.bytes >= this.options.mostBytes) {
      this.lose(tapped, 'capture is full');
      return;
    }
    try {
      if (tapped.type === 'request') this.request(tapped);
      else this.answer(tapped);
    } catch {
      this.lose(tapped, 'not redacted');
    }
  }

  flush(nowMs: number): void {
    this.files.flush(nowMs);
  }

  close(nowMs: number): void {
    this.files.close(nowMs);
  }

  /** Removes what was begun: nothing is in it. */
  discard(): void {
    this.files.discard();
  }

  private lose({ type }: Tapped, reason: string): void {
    const counts = this.lost[type];
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }

  private request(request: TappedRequest): void {
    const { head, atNs } = request;
    const values = new Set<string>();
    const redacted = this.redactor.request({ ...head, body: request.body }, values);
    this.remember(request.id, values);
    const { body, headers } = withBody(request, redacted, head.method);
    const startLine = `${head.method} ${redacted.target} HTTP/1.${head.minor}`;
    const { tookNs, id } = request;
    this.files.append(
      encodeRecord({ type: '1', id, atNs, transferNs: tookNs }, framed(startLine, headers, body)),
      'request',
    );
    this.hosts.add(valuesOf(head.headers, 'host')[0]?.toLowerCase() ?? '');
    this.methods.add(head.method);
    if (this.firstNs === undefined || atNs < this.firstNs) this.firstNs = atNs;
    if (atNs > this.lastNs) this.lastNs = atNs;
  }

  private remember(id: string, values: Set<string>): void {
    if (values.size === 0) return;
    if (this.secrets.size >= MOST_OPEN) this.secrets.clear();
    this.secrets.set(id, values);
  }

  private answer(answer: TappedAnswer): void {
    const { head, id, atNs, tookNs } = answer;
    const redacted = this.redactor.answer(
      { headers: head.headers, body: answer.body },
      this.secrets.get(id) ?? new Set(),
    );
    this.secrets.delete(id);
    const { body, headers } = withBody(answer, redacted, undefined);
    const hasNone = answer.bodyBytes === 0 && (head.status === 204 || head.status === 304);
    const startLine = `HTTP/1.${head.minor} ${head.status} ${phraseOf(head.phrase)}`;
    const whole = hasNone ? undefined : (body ?? new Uint8Array());
    this.files.append(
      encodeRecord({ type: '2', id, atNs, transferNs: tookNs }, framed(startLine, headers, whole)),
      'answer',
    );
  }

  private lostHere(kind: RecordKind): Counts {
    const onDisk = this.files.lost[kind];
    const counts = Object.fromEntries(this.lost[kind]);
    return onDisk === 0 ? counts : { ...counts, 'not written to disk': onDisk };
  }

  /** What is to be known of the capture now. */
  manifest(seen: SeenCounts, state: CaptureManifest['state'], nowNs: bigint): CaptureManifest {
    const { source, version, startedNs, retainDays, sampledRatio } = this.options;
    const { files, failure, written } = this.files;
    return {
      format: 'plimsoll-capture/1',
      version,
      state,
      source,
      startedAt: isoMsOf(startedNs),
      writtenAt: isoMsOf(nowNs),
      retainUntil: isoMsOf(startedNs + BigInt(retainDays) * DAY_NS).slice(0, 10),
      ...(this.firstNs !== undefined && {
        window: { fromNs: String(this.firstNs), toNs: String(this.lastNs) },
      }),
      files,
      requests: {
        seen: seen.seen,
        recorded: written.request,
        skipped: seen.skipped,
        lost: { ...seen.lost, ...this.lostHere('request') },
      },
      answers: {
        recorded: written.answer,
        lost: { ...seen.answersLost, ...this.lostHere('answer') },
      },
      hosts: this.hosts.all(),
      methods: this.methods.all(),
      redaction: {
        isOn: true,
        replaced: Object.fromEntries(this.redactor.finds.counts),
        headersDropped: this.redactor.headersDropped,
        bodiesDropped: Object.fromEntries(this.redactor.bodiesDropped),
      },
      sampledRatio,
      ...(failure !== undefined && { failure }),
    };
  }
}

interface Parts {
  readonly headers: readonly string[];
  readonly body: Uint8Array | undefined;
  readonly dropped: string | undefined;
}

/** The body that is written, and a header that says what is missing, if something is. */
function withBody(tapped: Tapped, redacted: Parts, method: string | undefined) {
  const isUnsafe = redacted.body !== undefined && holdsSeparator(redacted.body);
  const why = tapped.lost ?? redacted.dropped ?? (isUnsafe ? 'holds the separator' : undefined);
  if (why !== undefined && tapped.bodyBytes > 0) {
    const mark = `${why}; bytes=${tapped.bodyBytes}`;
    return { body: new Uint8Array(), headers: [...redacted.headers, DROPPED_HEADER, mark] };
  }
  const isBare = tapped.bodyBytes === 0 && (method === undefined || BODILESS.has(method));
  return { body: isBare ? undefined : redacted.body, headers: redacted.headers };
}

/** A message whose framing was taken off, framed anew; without a body it says no length. */
function framed(
  startLine: string,
  headers: readonly string[],
  body: Uint8Array | undefined,
): WireMessage {
  if (body === undefined) return { startLine, headers, body };
  return { startLine, headers: [...headers, 'Content-Length', String(body.length)], body };
}

/** A reason phrase is free text from the server: only plain words are kept. */
function phraseOf(phrase: string): string {
  return /^[A-Za-z' -]{0,64}$/.test(phrase) ? phrase : '';
}
