import { expect, test } from 'vitest';
import { monotonicMs } from '../../fixtures/staging/monotonic.ts';
import { eventLoop } from '../../fixtures/staging/service/event-loop.ts';
import { PreciseTimer } from '../../fixtures/staging/service/precise-timer.ts';
import { threads } from '../../fixtures/staging/service/threads.ts';
import { waits } from '../../fixtures/staging/service/waits.ts';

async function withTimer<T>(use: (timer: PreciseTimer) => Promise<T>): Promise<T> {
  const timer = new PreciseTimer();
  try {
    return await use(timer);
  } finally {
    await timer.close();
  }
}

test('the precise timer is never early, and wakes in order of the moments', async () => {
  const delays = [12, 3.3, 0, 7.75, 3.4, 20, 0.2, 7.76];
  const { woken, earliness } = await withTimer(async (timer) => {
    const startMs = monotonicMs();
    const order: number[] = [];
    const early: number[] = [];
    const waits = delays.map((ms) =>
      new Promise<void>((resolve) => timer.after(ms, resolve)).then(() => {
        order.push(ms);
        if (monotonicMs() - startMs < ms) early.push(ms);
      }),
    );
    await Promise.all(waits);
    return { woken: order, earliness: early };
  });
  expect(woken).toEqual([...delays].sort((a, b) => a - b));
  expect(earliness).toEqual([]);
});

test('a wait that is due earlier than the one slept for is woken first', async () => {
  const woken = await withTimer(async (timer) => {
    const order: string[] = [];
    const long = new Promise<void>((resolve) => timer.after(60, resolve));
    await new Promise((resolve) => setTimeout(resolve, 10));
    const short = new Promise<void>((resolve) => timer.after(5, resolve));
    await Promise.all([long.then(() => order.push('long')), short.then(() => order.push('short'))]);
    return order;
  });
  expect(woken).toEqual(['short', 'long']);
});

test('what a wait took too long is taken off the next ones, up to a limit', async () => {
  let nowMs = 0;
  const asked: number[] = [];
  const late = (lateMs: number) => ({
    after: (ms: number, wake: () => void) => {
      asked.push(ms);
      nowMs += ms + lateMs;
      wake();
    },
  });
  const timer = { after: late(2).after };
  const wait = waits(timer, () => nowMs);
  await wait(10);
  await wait(1);
  await wait(10);
  timer.after = late(100).after;
  await wait(10);
  await wait(10);
  expect(asked).toEqual([10, 0, 7, 8, 5]);
});

test('threads: first in, first out, and a thread is held until its request leaves', async () => {
  await withTimer(async (timer) => {
    const pool = threads({ type: 'threads', count: 2 }, timer);
    const order: string[] = [];
    const enter = (name: string) => pool.enter().then(() => order.push(name));
    for (const name of ['a', 'b', 'c', 'd']) enter(name);
    await settled();
    expect(order).toEqual(['a', 'b']);
    pool.leave();
    await settled();
    expect(order).toEqual(['a', 'b', 'c']);
    pool.leave();
    await settled();
    expect(order).toEqual(['a', 'b', 'c', 'd']);
  });
});

test('threads: a full queue sheds, and lifo serves the newest first', async () => {
  await withTimer(async (timer) => {
    const queue = { limit: 2, order: 'lifo', expired: 'serve' } as const;
    const pool = threads({ type: 'threads', count: 1, queue }, timer);
    const order: string[] = [];
    const enter = (name: string) =>
      pool.enter().then((isIn) => order.push(isIn ? name : `${name} shed`));
    for (const name of ['a', 'b', 'c', 'd']) enter(name);
    await settled();
    expect(order).toEqual(['a', 'd shed']);
    pool.leave();
    await settled();
    expect(order).toEqual(['a', 'd shed', 'c']);
  });
});

test('threads: busy time is the integral of busy threads, from when counting starts', async () => {
  await withTimer(async (timer) => {
    let nowMs = 0;
    const pool = threads({ type: 'threads', count: 2 }, timer, () => nowMs);
    await pool.enter();
    nowMs = 5;
    expect(pool.busyMs()).toBe(5);
    pool.startCounting();
    await pool.enter();
    nowMs = 8;
    // A third request waits for a thread: it makes none busier.
    pool.enter();
    nowMs = 10;
    pool.leave();
    nowMs = 11;
    pool.leave();
    pool.leave();
    nowMs = 20;
    expect(pool.busyMs()).toBe(12);
  });
});

test('event loop: one step at a time, in order, and busy for as long as they say', async () => {
  await withTimer(async (timer) => {
    const loop = eventLoop(timer);
    loop.startCounting();
    const order: number[] = [];
    const steps = [3, 1, 2, 4].map((ms) => loop.cpu(ms).then(() => order.push(ms)));
    await Promise.all(steps);
    expect(order).toEqual([3, 1, 2, 4]);
    // The last step's own surplus is not made up yet; a noisy machine adds to the real work.
    expect(loop.busyMs()).toBeGreaterThan(9);
  });
});

test('event loop: a wait yields the loop', async () => {
  await withTimer(async (timer) => {
    const loop = eventLoop(timer);
    const order: string[] = [];
    await Promise.all([
      loop.wait(40).then(() => order.push('wait')),
      loop.cpu(1).then(() => order.push('cpu')),
    ]);
    expect(order).toEqual(['cpu', 'wait']);
  });
});

/** Lets what is ready run. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test('who has waited for too long is shed, and the one behind it is served', async () => {
  await withTimer(async (timer) => {
    let nowMs = 0;
    const asked: [sojournMs: number, isLast: boolean][] = [];
    const kind = threads(
      { type: 'threads', count: 1 },
      timer,
      () => nowMs,
      (sojournMs, isLast) => {
        asked.push([sojournMs, isLast]);
        return sojournMs > 20;
      },
    );
    await kind.enter();
    const first = kind.enter();
    nowMs = 10;
    const second = kind.enter();
    nowMs = 30;
    kind.leave();
    expect([await first, await second]).toEqual([false, true]);
    expect(asked).toEqual([
      [30, false],
      [20, true],
    ]);
    // Both are out of the queue: the thread is idle when the second leaves.
    kind.leave();
    expect([await kind.enter(), kind.queued()]).toEqual([true, 0]);
  });
});
