/**
 * The plain simulator: a request is a chain of closures over objects, its future an event in a
 * binary heap. It plays any model file, with the random streams, distributions, policies and
 * histogram of the real one, so that what differs is how events and requests are kept. It says less
 * in the end: no series over time, no utilisation, no zombies.
 */
import { sampler } from '../../simulator/distributions/sampler.ts';
import { stream } from '../../simulator/engine/random.ts';
import { drawExponential } from '../../simulator/engine/ziggurat.ts';
import type {
  CallStep,
  Distribution,
  Model,
  Service,
  Step,
  Traffic,
} from '../../simulator/model/model.ts';
import { Histogram } from '../../simulator/results/histogram.ts';
import { Group, type Instance } from './object-group.ts';
import { Timeline } from './timeline.ts';

export interface Outcome {
  readonly arrived: number;
  readonly completed: number;
  readonly latencyMs: Histogram;
}

/** What one does, and whom it tells whether that went well. */
type Action = (at: Instance | undefined, done: (isOk: boolean) => void) => void;

/** Plays a model of constant rates once. */
export function simulateWithObjects(model: Model, seed: number): Outcome {
  return new Plain(model, seed).run();
}

class Plain {
  private readonly model: Model;
  private readonly seed: number;
  private readonly timeline = new Timeline();
  private readonly groups = new Map<string, Group>();
  private readonly endpoints = new Map<string, Action>();
  private readonly latencyMs = new Histogram();
  private arrived = 0;
  private completed = 0;

  constructor(model: Model, seed: number) {
    this.model = model;
    this.seed = seed;
    for (const one of model.services) {
      this.groups.set(one.name, new Group(one, this.timeline, seed));
    }
  }

  run(): Outcome {
    for (const traffic of this.model.traffic) this.start(traffic);
    this.timeline.run(this.model.durationMs + 60_000);
    const { arrived, completed, latencyMs } = this;
    return { arrived, completed, latencyMs };
  }

  private start(traffic: Traffic): void {
    const journey = this.model.journeys.find(({ name }) => name === traffic.does)!;
    const visit = this.sequence(journey.steps, undefined, journey.name);
    const gapMs = 1000 / traffic.rate[0]!.fromPerSecond;
    const random = stream(this.seed, 0, traffic.name, 'arrivals');
    const next = () => {
      const delayMs = gapMs * drawExponential(random);
      if (this.timeline.nowMs + delayMs < this.model.durationMs) {
        this.timeline.after(delayMs, arrive);
      }
    };
    const arrive = () => {
      next();
      this.visit(visit);
    };
    next();
  }

  private visit(visit: Action): void {
    const startMs = this.timeline.nowMs;
    this.arrived++;
    visit(undefined, (isOk) => {
      if (!isOk) return;
      this.completed++;
      this.latencyMs.record(this.timeline.nowMs - startMs);
    });
  }

  private sequence(steps: readonly Step[], service: Service | undefined, name: string): Action {
    const actions = steps.map((step, index) => this.action(step, service, `${name}/${index}`));
    return (at, done) => {
      const go = (index: number): void => {
        const action = actions[index];
        if (action === undefined) done(true);
        else action(at, (isOk) => (isOk ? go(index + 1) : done(false)));
      };
      go(0);
    };
  }

  private action(step: Step, service: Service | undefined, name: string): Action {
    if (step.type === 'call') return this.call(step);
    if (!('time' in step)) throw new Error(`no ${step.type} in this simulator`);
    const draw = this.draw(step.time, name);
    const { timeline } = this;
    const blocks = step.type === 'cpu' && service?.serves.type === 'event-loop';
    if (!blocks) return (_, done) => timeline.after(draw(), () => done(true));
    return (at, done) =>
      at!.acquire(() =>
        timeline.after(draw(), () => {
          at!.release();
          done(true);
        }),
      );
  }

  private draw(time: Distribution, name: string): () => number {
    if (time.type === 'constant') return () => time.ms;
    const random = stream(this.seed, 0, name, 'service-time');
    if (time.type === 'exponential') return () => time.meanMs * drawExponential(random);
    return sampler(time, random);
  }

  private call({ service, endpoint, timeoutMs }: CallStep): Action {
    const serve = this.serve(service, endpoint);
    const { timeline } = this;
    return (_, done) => {
      let isOpen = true;
      const timer =
        timeoutMs === undefined ? undefined : timeline.after(timeoutMs, () => answered(false));
      const answered = (isOk: boolean) => {
        if (!isOpen) return;
        isOpen = false;
        if (timer !== undefined) timer.isCancelled = true;
        done(isOk);
      };
      this.hop(() => serve(undefined, (isOk) => this.hop(() => answered(isOk))));
    };
  }

  private hop(arrived: () => void): void {
    if (this.model.hopMs === 0) arrived();
    else this.timeline.after(this.model.hopMs, arrived);
  }

  private serve(serviceName: string, endpointName: string): Action {
    const name = `${serviceName}.${endpointName}`;
    const known = this.endpoints.get(name);
    if (known !== undefined) return known;
    const service = this.model.services.find((one) => one.name === serviceName)!;
    const { steps } = service.endpoints.find((one) => one.name === endpointName)!;
    const serve = served(
      service,
      this.groups.get(serviceName)!,
      this.sequence(steps, service, name),
    );
    this.endpoints.set(name, serve);
    return serve;
  }
}

/** Threads are held from the first step to the answer. */
function served({ serves }: Service, group: Group, work: Action): Action {
  return (_, done) => {
    const at = group.pick();
    if (at === undefined) {
      done(false);
      return;
    }
    at.outstanding++;
    at.requests++;
    const answer = (isOk: boolean) => {
      if (serves.type === 'threads') at.release();
      at.outstanding--;
      done(isOk);
    };
    if (serves.type === 'threads') at.acquire(() => work(at, answer));
    else work(at, answer);
  };
}
