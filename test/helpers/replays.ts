/** Replays as tests want them: usual options, in this process or in threads. */
import type { LookupFunction } from 'node:net';
import type { FromShard } from '../../replay/run/messages.ts';
import type { ReplayOptions } from '../../replay/run/options.ts';
import { Shard } from '../../replay/run/shard.ts';
import type { ShardPort } from '../../replay/run/shards.ts';

/** For a target on this machine, as fast as recorded. */
export function replayOptions(changes: Partial<ReplayOptions> & { target: string }): ReplayOptions {
  return {
    allowedHosts: [],
    allowedSources: [],
    routes: [],
    filters: [],
    rewrites: [],
    interceptors: [],
    tempo: { type: 'speed', factor: 1 },
    loop: { type: 'passes', passes: 1 },
    caps: {},
    keepsOrder: false,
    shards: 1,
    isPrecise: false,
    timeoutMs: 2000,
    budget: undefined,
    mostLatenessMs: 1000,
    mostBadRatio: 0.05,
    runId: 'run-1',
    name: 'test',
    startShard: inProcess(undefined),
    ...changes,
  };
}

/** A shard in this thread: starts at once, and its look-ups can be looked at. */
export function inProcess(lookup: LookupFunction | undefined): () => ShardPort {
  return () => {
    let shard: Shard | undefined;
    let hear: (message: FromShard) => void = () => {};
    let fail: (error: Error) => void = () => {};
    const tell = (message: FromShard) => hear(message);
    const tools = { tell, interceptors: [], lookup };
    return {
      post: (message) => {
        if (message.type === 'order') {
          shard = new Shard(message.order, tools);
          queueMicrotask(() => tell({ type: 'ready' }));
        } else if (message.type === 'start') shard!.run(message.startAtMs).catch(fail);
        else if (message.type === 'packet') shard!.add(structuredClone(message.packet));
        else if (message.type === 'token') shard!.setToken(message.user, message.token);
        else if (message.type === 'end') shard!.complete();
        else shard!.stop();
      },
      onMessage: (listener) => {
        hear = listener;
      },
      onFailure: (listener) => {
        fail = listener;
      },
      close: async () => {},
    };
  };
}
