import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Group } from '../../fixtures/staging/controller/group.ts';
import type { Ending, InstanceProcess } from '../../fixtures/staging/controller/instance.ts';
import type { Ailment } from '../../simulator/components/faults.ts';
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
  private end: (ending: Ending) => void = () => {};

  constructor() {
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
}

function watched(overrides: Partial<Service> = {}): Watched {
  const processes = new Map<string, FakeProcess>();
  const events: string[] = [];
  let listed: readonly string[] = [];
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
    launch: (name) => {
      processes.set(name, new FakeProcess());
      return processes.get(name)!;
    },
    setTargets: async (targets) => {
      listed = targets.map(({ name }) => name);
    },
    onEvent: (instance, event, detail) =>
      events.push([instance, event, ...(detail === undefined ? [] : [`(${detail})`])].join(' ')),
    onChange: () => {},
  });
  return { group, processes, events, listed: () => listed };
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
