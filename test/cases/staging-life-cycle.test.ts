import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FaultClock } from '../../fixtures/staging/controller/fault-clock.ts';
import { Group } from '../../fixtures/staging/controller/group.ts';
import type { Ending, InstanceProcess } from '../../fixtures/staging/controller/instance.ts';
import { monotonicMs } from '../../fixtures/staging/monotonic.ts';
import type { Ailment } from '../../simulator/components/faults.ts';
import type { Fault } from '../../simulator/model/health-settings.ts';
import type { Service } from '../../simulator/model/model.ts';
import { NO_TIME, scalable, service } from '../helpers/models.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A process that is healthy when told, and ends when asked. */
class FakeProcess implements InstanceProcess {
  readonly pid = 1;
  readonly ended: Promise<Ending>;
  isUp = true;
  /** What it was told is wrong with it. */
  readonly ailments: Ailment[] = [];
  /** Finishes what it has at once when it is asked to end. */
  isIdle = true;
  /** From its launch until it is healthy. */
  readonly bootMs: number;
  private end: (ending: Ending) => void = () => {};

  constructor(bootMs: number) {
    this.bootMs = bootMs;
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
  }

  origin = () => 'http://127.0.0.1:1';
  isHealthy = async () => this.isUp;
  scrape = async () => undefined;
  begin = () => {};
  ail = (ailment: Ailment) => void this.ailments.push(ailment);
  terminate = () => {
    if (this.isIdle) this.end({ code: 0, signal: null });
  };
  kill = () => this.end({ code: null, signal: 'SIGKILL' });
  crash = () => this.end({ code: 1, signal: null });
}

interface Watched {
  readonly group: Group;
  readonly processes: Map<string, FakeProcess>;
  /** `feed-1 serving`, … */
  readonly events: string[];
  /** What the balancer was told last. */
  readonly listed: () => readonly string[];
  /** Which launches of the run those are. */
  readonly ordinals: () => readonly number[];
}

function watched(overrides: Partial<Service> = {}): Watched {
  const processes = new Map<string, FakeProcess>();
  const events: string[] = [];
  let listed: readonly string[] = [];
  let ordinals: readonly number[] = [];
  const feed = service('feed', {
    time: NO_TIME,
    on: {
      type: undefined,
      dollarsPerHour: undefined,
      boot: { type: 'constant', ms: 3000 },
      warmUpMs: 5000,
    },
    scaling: scalable(1, 4, []),
    ...overrides,
  });
  const group = new Group(feed, 1, {
    launch: (name, healthyAtMs) => {
      processes.set(name, new FakeProcess(Math.round(healthyAtMs - monotonicMs())));
      return processes.get(name)!;
    },
    setTargets: async (targets) => {
      listed = targets.map(({ name }) => name);
      ordinals = targets.map(({ ordinal }) => ordinal);
    },
    onEvent: (instance, event, detail) =>
      events.push([instance, event, ...(detail === undefined ? [] : [`(${detail})`])].join(' ')),
    onChange: () => {},
  });
  return { group, processes, events, listed: () => listed, ordinals: () => ordinals };
}

async function started(overrides: Partial<Service> = {}): Promise<Watched> {
  const all = watched(overrides);
  all.group.toStart();
  await vi.advanceTimersByTimeAsync(200);
  all.events.length = 0;
  return all;
}

function states({ group }: Watched): string[] {
  return group.instances.map(({ name, state }) => `${name} ${state}`);
}

test('starting instances serve at once, past their warm-up', async () => {
  const all = watched();
  all.group.toStart();
  expect(all.group.isAtStart()).toBe(false);
  await vi.advanceTimersByTimeAsync(200);
  expect(states(all)).toEqual(['feed-1 ready']);
  expect(all.listed()).toEqual(['feed-1']);
  expect(all.group.isAtStart()).toBe(true);
  expect(all.events).toEqual(['feed-1 launched', 'feed-1 serving', 'feed-1 warmed-up']);
});

test('a launched instance boots until it is healthy, warms up, and is ready', async () => {
  const all = await started();
  all.group.setDesired(2);
  all.processes.get('feed-2')!.isUp = false;
  await vi.advanceTimersByTimeAsync(3000);
  expect(states(all)).toEqual(['feed-1 ready', 'feed-2 booting']);
  expect(all.listed()).toEqual(['feed-1']);
  all.processes.get('feed-2')!.isUp = true;
  await vi.advanceTimersByTimeAsync(100);
  expect(states(all)).toEqual(['feed-1 ready', 'feed-2 warming']);
  expect(all.listed()).toEqual(['feed-1', 'feed-2']);
  await vi.advanceTimersByTimeAsync(5000);
  expect(states(all)).toEqual(['feed-1 ready', 'feed-2 ready']);
});

test('a scale-in drains the oldest: off the list first, then it finishes what it has', async () => {
  const all = await started({ scaling: scalable(2, 4, []) });
  const oldest = all.processes.get('feed-1')!;
  oldest.isIdle = false;
  all.group.setDesired(1);
  await vi.advanceTimersByTimeAsync(0);
  expect(all.listed()).toEqual(['feed-2']);
  await vi.advanceTimersByTimeAsync(9000);
  expect(states(all)).toEqual(['feed-1 draining', 'feed-2 ready']);
  oldest.isIdle = true;
  oldest.terminate();
  await vi.advanceTimersByTimeAsync(0);
  expect(all.events).toEqual(['feed-1 draining', 'feed-1 gone']);
});

test('what is not finished when the drain is over is cut off', async () => {
  const all = await started({ scaling: scalable(2, 4, []) });
  all.processes.get('feed-1')!.isIdle = false;
  all.group.setDesired(1);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(all.events).toEqual(['feed-1 draining', 'feed-1 gone (cut off after 10 s)']);
});

test('an instance that boots is terminated at once, without a drain', async () => {
  const all = await started();
  all.group.setDesired(2);
  all.processes.get('feed-2')!.isUp = false;
  all.processes.get('feed-1')!.isIdle = false;
  all.group.setDesired(0);
  await vi.advanceTimersByTimeAsync(0);
  expect(states(all)).toEqual(['feed-1 draining']);
  expect(all.events).toContain('feed-2 gone (terminated while booting)');
});

test('one that dies is logged, taken off the list and replaced; desired stays', async () => {
  const all = await started();
  all.processes.get('feed-1')!.crash();
  await vi.advanceTimersByTimeAsync(0);
  expect(all.listed()).toEqual([]);
  await vi.advanceTimersByTimeAsync(10);
  expect(all.events).toEqual(['feed-1 died (exit code 1)', 'feed-2 launched']);
  expect(all.group.desired).toBe(1);
});

test('one that dies while it boots is replaced after a pause', async () => {
  const all = await started();
  all.group.setDesired(2);
  all.processes.get('feed-2')!.isUp = false;
  all.processes.get('feed-2')!.crash();
  await vi.advanceTimersByTimeAsync(500);
  expect(states(all)).toEqual(['feed-1 ready']);
  await vi.advanceTimersByTimeAsync(550);
  expect(states(all)).toEqual(['feed-1 ready', 'feed-3 booting']);
  expect(all.group.bootDeaths).toBe(1);
});

test('one that fails while it drains died, and is not replaced', async () => {
  const all = await started({ scaling: scalable(2, 4, []) });
  const oldest = all.processes.get('feed-1')!;
  oldest.isIdle = false;
  all.group.setDesired(1);
  await vi.advanceTimersByTimeAsync(0);
  oldest.crash();
  await vi.advanceTimersByTimeAsync(2000);
  expect(all.events).toEqual(['feed-1 draining', 'feed-1 died (exit code 1)']);
  expect(states(all)).toEqual(['feed-2 ready']);
});

test('a run begins with its start size: what boots ends, what warms up is ready', async () => {
  const all = await started();
  all.group.setDesired(3);
  all.processes.get('feed-3')!.isUp = false;
  await vi.advanceTimersByTimeAsync(200);
  expect(states(all)).toEqual(['feed-1 ready', 'feed-2 warming', 'feed-3 booting']);
  all.group.toStart();
  await vi.advanceTimersByTimeAsync(200);
  expect(states(all)).toEqual(['feed-2 ready']);
  expect(all.group.isAtStart()).toBe(true);
});

test('after a stop nothing is launched any more', async () => {
  const all = await started();
  await all.group.stop();
  all.group.setDesired(3);
  await vi.advanceTimersByTimeAsync(5000);
  expect(all.processes.size).toBe(1);
});

const MACHINE = {
  type: undefined,
  dollarsPerHour: undefined,
  boot: { type: 'constant', ms: 3000 },
  warmUpMs: 0,
} as const;
const seconds = (count: number) => ({ type: 'constant', ms: 1000 * count }) as const;

test('it boots for as long as all stages take; an image lies on a node once', async () => {
  const stages = {
    ...MACHINE,
    image: { pull: seconds(20), cached: seconds(1), perNode: 2 },
    start: seconds(4),
    readiness: { delayMs: 0, periodMs: 10_000, successes: 1 },
    registration: seconds(2),
  };
  const all = await started({ on: stages, scaling: scalable(1, 4, []) });
  all.group.setDesired(3);
  // The second is placed beside the first: up after 3 + 1 + 4 s, seen to be ready 10 s after its
  // container has started at 4 s, on the list 2 s later. The third needs a node of its own.
  expect(all.processes.get('feed-2')!.bootMs).toBe(16_000);
  expect(all.processes.get('feed-3')!.bootMs).toBe(35_000);
  const [, second] = all.group.instances;
  expect(second!.startedAtMs - second!.launchedAtMs).toBe(4000);
});

test('what a quota has no room for is launched when there is some', async () => {
  const capacity = { errorRatio: 0, retry: seconds(1), quota: 2 };
  const all = await started({ on: { ...MACHINE, capacity } });
  all.group.setDesired(3);
  expect(states(all)).toEqual(['feed-1 ready', 'feed-2 booting']);
  all.processes.get('feed-1')!.crash();
  await vi.advanceTimersByTimeAsync(10);
  expect(states(all)).toEqual(['feed-2 booting', 'feed-3 booting']);
});

test('a run counts launches from its start on', async () => {
  const all = await started({ on: MACHINE, scaling: scalable(2, 4, []) });
  expect(all.ordinals()).toEqual([0, 1]);
  all.processes.get('feed-1')!.crash();
  await vi.advanceTimersByTimeAsync(200);
  expect([all.listed(), all.ordinals()]).toEqual([
    ['feed-2', 'feed-3'],
    [1, 2],
  ]);
  all.group.toStart();
  await vi.advanceTimersByTimeAsync(0);
  expect(all.ordinals()).toEqual([0, 1]);
});

const WELL = { hung: false, slowness: 1, failRatio: 0 };

/** A group of two whose faults begin now; reasons that were noted. */
async function faulted(faults: readonly Fault[]): Promise<Watched & { reasons: string[] }> {
  const all = await started({ on: MACHINE, scaling: scalable(2, 4, []), faults });
  const reasons: string[] = [];
  const clock = new FaultClock(
    [all.group],
    (name, reason) => void reasons.push(`${name} ${reason}`),
  );
  clock.begin(Date.now());
  return { ...all, reasons };
}

test('faults begin and end on the clock of the run, and add up', async () => {
  const all = await faulted([
    { type: 'slow', atMs: 1000, forMs: 4000, factor: 3, instances: 1 },
    { type: 'fail', atMs: 2000, forMs: 1000, ratio: 0.5, instances: 2 },
  ]);
  const told = (name: string) => all.processes.get(name)!.ailments;
  await vi.advanceTimersByTimeAsync(999);
  expect([told('feed-1'), all.reasons]).toEqual([[], []]);
  await vi.advanceTimersByTimeAsync(9000);
  expect(told('feed-1')).toEqual([
    { ...WELL, slowness: 3 },
    { ...WELL, slowness: 3, failRatio: 0.5 },
    { ...WELL, slowness: 3 },
    WELL,
  ]);
  expect(told('feed-2')).toEqual([{ ...WELL, failRatio: 0.5 }, WELL]);
  expect(all.reasons).toEqual([
    'feed slow: 1 instance work 3 times as long for 4 s',
    'feed fail: 2 instances answer 50 % with errors for 1 s',
  ]);
});

test('one that a fault kills is replaced, and its death says why', async () => {
  const all = await faulted([{ type: 'kill', atMs: 500, instances: 1 }]);
  await vi.advanceTimersByTimeAsync(600);
  expect(all.events).toContain('feed-1 died (killed by a fault of the model)');
  expect(states(all)).toEqual(['feed-2 ready', 'feed-3 booting']);
});
