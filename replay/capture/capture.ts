/**
 * A recording reverse proxy: passes connections on byte for byte and records what it sees go by.
 *
 *     clients ◄──► tunnel ◄──► upstream
 *                    └─► tap ──► recorder ──► req.gor, req.manifest.json
 */

import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { sensitiveNames } from '../redact/names.ts';
import { Pseudonyms } from '../redact/pseudonym.ts';
import { checkedSessions, sessionValue } from '../redact/session.ts';
import { isMarked } from '../safety/marker.ts';
import { epochNs } from './epoch.ts';
import { ExchangeTap, type TapOptions } from './exchange-tap.ts';
import type { RequestHead } from './head.ts';
import type { OutboxLimits } from './outbox.ts';
import { Recorder } from './recorder.ts';
import type { RecordingOptions, SeenCounts } from './recording.ts';
import { sampler } from './sampling.ts';
import { type Address, Tunnel, type TunnelCounts } from './tunnel.ts';

export interface CaptureOptions {
  readonly listen: Address;
  readonly upstream: Address;
  readonly recording: Omit<RecordingOptions, 'startedNs'>;
  readonly answers: TapOptions['answers'];
  readonly mostBodyBytes: number;
  /** Of unfinished bodies, over all connections. */
  readonly mostOpenBytes: number;
  readonly queue: OutboxLimits;
  /** Records Plimsoll's own load as well, which is left out otherwise. */
  readonly keepsLoad?: boolean;
}

export interface Capture {
  readonly port: number;
  readonly counts: () => SeenCounts & TunnelCounts;
  /** Set when recording has ended for good; the traffic goes on. */
  readonly failure: () => Error | undefined;
  /** Ends connections as they fall idle, the rest after `mostMs`; then the files. */
  readonly close: (mostMs: number) => Promise<void>;
}

/**
 * Begins to listen and to record. Throws a UsageError where the file cannot be begun, and what the
 * system says where the address is taken.
 */
export async function startCapture(options: CaptureOptions): Promise<Capture> {
  const recording = { ...options.recording, startedNs: epochNs() };
  const recorder = await Recorder.start(recording, options.queue);
  const connectionName = connectionNames();
  const tapOptions = tapOptionsFor(recorder, options);
  const tunnel = new Tunnel(
    options.upstream,
    (client) => new ExchangeTap(connectionName(client), tapOptions),
  );
  const port = await tunnel.listen(options.listen).catch(async (error: Error) => {
    await recorder.discard();
    throw error;
  });
  return {
    port,
    counts: () => ({ ...recorder.counts(), ...tunnel.counts }),
    failure: () => recorder.failure,
    close: async (mostMs) => {
      await tunnel.close(mostMs);
      await recorder.close();
    },
  };
}

/** What is recorded of a connection, and what is not. */
export function tapOptionsFor(
  recorder: Recorder,
  { answers, mostBodyBytes, mostOpenBytes, recording, keepsLoad = false }: CaptureOptions,
): TapOptions {
  return {
    answers,
    mostBodyBytes,
    budget: { left: mostOpenBytes },
    nowNs: epochNs,
    unwanted: unwantedFor(recording, keepsLoad),
    onTapped: (tapped) => recorder.take(tapped),
    onRequest: () => recorder.sawRequest(),
    onSkipped: (reason) => recorder.skip(reason),
  };
}

/** Why a request is not recorded: it is Plimsoll's own, or its session is not in the sample. */
export function unwantedFor(
  { rules, sampledRatio }: Pick<RecordingOptions, 'rules' | 'sampledRatio'>,
  keepsLoad: boolean = false,
): TapOptions['unwanted'] {
  const isSampled = sampler(sampledRatio);
  const isSensitive = sensitiveNames(rules);
  const sessionBy = checkedSessions(rules.sessionBy);
  return ({ headers }: RequestHead, connection: string) => {
    if (!keepsLoad && isMarked(headers)) return 'marked as replayed';
    if (sampledRatio >= 1) return undefined;
    const session = sessionValue(headers, sessionBy, isSensitive) ?? connection;
    return isSampled(session) ? undefined : 'not sampled';
  };
}

/** 16 hex digits a connection: the client's address is in them for nobody to read. */
function connectionNames(): (client: Socket) => string {
  const pseudonyms = new Pseudonyms(randomBytes(32));
  let count = 0;
  return ({ remoteAddress, remotePort }) =>
    pseudonyms.hex(`${remoteAddress} ${remotePort} ${count++}`, 16);
}
