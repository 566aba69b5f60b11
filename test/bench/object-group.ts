/** A service's instances as objects: who gets a request, and how many there are. */
import { sampler } from '../../simulator/distributions/sampler.ts';
import { stream } from '../../simulator/engine/random.ts';
import type { Service } from '../../simulator/model/model.ts';
import {
  decideGroup,
  type GroupState,
  initialGroupState,
} from '../../simulator/policies/aws/group.ts';
import { decisionPeriodMs } from '../../simulator/policies/decider.ts';
import type { Timeline } from './timeline.ts';

/** Servers and the closures that wait for one. */
export class Instance {
  state: 'booting' | 'warming' | 'ready' = 'ready';
  outstanding = 0;
  requests = 0;
  private idle: number;
  private readonly waiting: (() => void)[] = [];

  constructor(servers: number) {
    this.idle = servers;
  }

  acquire(go: () => void): void {
    if (this.idle === 0) {
      this.waiting.push(go);
      return;
    }
    this.idle--;
    go();
  }

  release(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.idle++;
    else next();
  }
}

export class Group {
  private readonly service: Service;
  private readonly timeline: Timeline;
  private readonly below: (n: number) => number;
  private readonly bootMs: () => number;
  private readonly instances: Instance[] = [];
  private serving: Instance[] = [];
  private turn = 0;
  private policyState: GroupState;

  constructor(service: Service, timeline: Timeline, seed: number) {
    this.service = service;
    this.timeline = timeline;
    const random = stream(seed, 0, service.name, 'balancing');
    this.below = (n) => random.below(n);
    this.bootMs = sampler(service.on.boot, stream(seed, 0, service.name, 'boot'));
    this.policyState = initialGroupState(service.scaling);
    for (let i = 0; i < service.scaling.start; i++) this.instances.push(this.instance());
    this.serving = [...this.instances];
    this.watch(decisionPeriodMs(service.scaling));
  }

  /** The instance that serves the next request; undefined without any. */
  pick(): Instance | undefined {
    const { balancing } = this.service;
    const { serving } = this;
    if (balancing.type !== 'least-request') return serving[this.turn++ % serving.length];
    let best = serving[this.below(serving.length)];
    for (let draw = 1; draw < balancing.choices; draw++) {
      const other = serving[this.below(serving.length)];
      if (other !== undefined && other.outstanding < best!.outstanding) best = other;
    }
    return best;
  }

  private instance(): Instance {
    const { serves } = this.service;
    return new Instance(serves.type === 'threads' ? serves.count : 1);
  }

  private watch(periodMs: number | undefined): void {
    if (periodMs === undefined) return;
    this.timeline.after(periodMs, () => {
      this.decide(periodMs);
      this.watch(periodMs);
    });
  }

  private decide(periodMs: number): void {
    const ready = this.inState('ready');
    const requests = ready.reduce((sum, one) => sum + one.requests, 0);
    const value = ready.length > 0 ? (requests * 1000) / periodMs / ready.length : undefined;
    const metric = 'requests-per-instance' as const;
    const observation = {
      nowMs: this.timeline.nowMs,
      desired: this.instances.length,
      booting: this.inState('booting').length,
      warming: this.inState('warming').length,
      datapoints: [{ metric, periodMs, value }],
    };
    for (const one of this.instances) one.requests = 0;
    const { desired, state } = decideGroup(this.service.scaling, observation, this.policyState);
    this.policyState = state;
    while (this.instances.length < desired) this.launch();
    // What a leaving instance has, it finishes: nobody else holds on to it.
    while (this.instances.length > desired) this.leave(this.instances.shift()!);
  }

  private inState(state: Instance['state']): Instance[] {
    return this.instances.filter((one) => one.state === state);
  }

  private launch(): void {
    const one = this.instance();
    one.state = 'booting';
    this.instances.push(one);
    this.timeline.after(this.bootMs(), () => {
      one.state = 'warming';
      if (this.instances.includes(one)) this.serving.push(one);
      this.timeline.after(this.service.on.warmUpMs, () => {
        one.state = 'ready';
      });
    });
  }

  private leave(gone: Instance): void {
    this.serving = this.serving.filter((one) => one !== gone);
  }
}
