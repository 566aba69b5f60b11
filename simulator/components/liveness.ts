/**
 * Liveness probes of containers that serve: who fails often enough in a row is restarted. A probe
 * over HTTP waits for a server as a request does, though it takes nothing from anybody: so an
 * overloaded instance is killed, its load comes to the others, and they are next.
 *
 *     probe ─► gone? hung? ─► a server idle ─► answered
 *                    │               └ no ─► refused, or waits ─► time-out
 *                    └ no answer
 *
 * One that is told to end and does not is killed when its grace is over. Source: kubelet
 * `kuberuntime_container.go` (killContainer, setTerminationGracePeriod).
 */
import type { Model } from '../model/model.ts';
import type { LivenessProbe } from '../model/probe-settings.ts';
import { formatDuration } from '../model/units.ts';
import {
  initialProbe,
  kubernetesProbe,
  type ProbeState,
} from '../policies/resilience/kubernetes-probe.ts';
import type { Verdict } from '../policies/resilience/probe-answers.ts';
import type { FaultColumns } from './faults.ts';
import { type Fleet, MAX_ROWS, STATE } from './fleet.ts';

/** What becomes of one who comes to an instance's door now. */
export type Knock = 'answered' | 'refused' | 'waits';

/** What it asks of the engine. */
export interface LivenessHooks {
  readonly probeAt: (row: number, atMs: number) => void;
  readonly knock: (row: number) => Knock;
  /** Whether the one that has waited since has had its turn. */
  readonly hasAnswered: (row: number) => boolean;
  /** A container ends and starts again in its place. */
  readonly restart: (row: number, nowMs: number, reason: string) => void;
}

export interface Liveness {
  readonly begin: (
    model: Model,
    randomOf: (service: string) => { below(n: number): number },
    hooks: LivenessHooks,
  ) => void;
  /** A container starts. */
  readonly started: (row: number, atMs: number) => void;
  /** It serves from now on. */
  readonly entered: (row: number, nowMs: number) => void;
  readonly onProbe: (row: number, nowMs: number) => void;
}

interface Subject {
  readonly settings: LivenessProbe;
  /** When its next probe starts, or its present one is over. */
  dueMs: number;
  /** When the probe started that has no answer yet, and why it has none. */
  waiting: { readonly sinceMs: number; readonly isHung: boolean } | undefined;
  state: ProbeState;
  /** Why it has been told to end, where it goes on until it is killed; it is asked no more. */
  ending: string | undefined;
}

/** Made once a thread, as the fleet is. */
export function createLiveness(fleet: Fleet, { hung, failRatio }: FaultColumns): Liveness {
  let hooks: LivenessHooks;
  let subjects: (Subject | undefined)[] = [];
  let randoms: { below(n: number): number }[] = [];
  let endMs = 0;
  const startedMs = new Float64Array(MAX_ROWS);

  function begin(
    model: Model,
    randomOf: (service: string) => { below(n: number): number },
    runHooks: LivenessHooks,
  ): void {
    hooks = runHooks;
    subjects = [];
    endMs = model.durationMs;
    randoms = model.services.map(({ name }) => randomOf(name));
    model.services.forEach(({ on: { liveness } }, service) => {
      if (liveness === undefined) return;
      // Those that are there at the start were started at any time before it.
      for (const row of fleet.rowsIn(service, STATE.ready)) {
        watch(row, liveness, randoms[service]!.below(Math.ceil(liveness.periodMs)));
      }
    });
  }

  function started(row: number, atMs: number): void {
    startedMs[row] = atMs;
  }

  /** On with the beat that began when the container started. */
  function entered(row: number, nowMs: number): void {
    const { liveness } = fleet.services[fleet.service[row]!]!.on;
    if (liveness === undefined) return;
    const firstMs = startedMs[row]! + liveness.delayMs;
    const beats = Math.max(0, Math.ceil((nowMs - firstMs) / liveness.periodMs));
    watch(row, liveness, firstMs + beats * liveness.periodMs);
  }

  function watch(row: number, settings: LivenessProbe, atMs: number): void {
    const state = initialProbe('liveness');
    subjects[row] = { settings, dueMs: 0, waiting: undefined, state, ending: undefined };
    probeAt(row, atMs);
  }

  function probeAt(row: number, atMs: number): void {
    subjects[row]!.dueMs = atMs;
    if (atMs <= endMs) hooks.probeAt(row, atMs);
  }

  function onProbe(row: number, nowMs: number): void {
    const subject = subjects[row];
    const isServing = fleet.state[row] === STATE.warming || fleet.state[row] === STATE.ready;
    // The row may be another instance by now; who drains is not asked any more.
    if (subject === undefined || subject.dueMs !== nowMs || !isServing) return;
    const { waiting, settings, ending } = subject;
    if (ending !== undefined) {
      hooks.restart(row, nowMs, ending);
      return;
    }
    const verdict = waiting ? lateVerdict(row, waiting.isHung) : verdictAtOnce(row, settings);
    if (verdict === undefined) {
      subject.waiting = { sinceMs: nowMs, isHung: hung[row] === 1 };
      probeAt(row, nowMs + settings.timeoutMs);
      return;
    }
    subject.waiting = undefined;
    judge(row, subject, verdict, waiting?.sinceMs ?? nowMs, nowMs);
  }

  function judge(row: number, subject: Subject, verdict: Verdict, sinceMs: number, nowMs: number) {
    const { settings } = subject;
    const rule = { type: 'liveness', failureThreshold: settings.failures } as const;
    const { restarts, reason, state } = kubernetesProbe(rule, verdict, subject.state);
    subject.state = state;
    if (restarts) end(row, subject, reason, nowMs);
    else probeAt(row, Math.max(nowMs, sinceMs + settings.periodMs));
  }

  /** Told to end it does so at once, or goes on as it is until its grace is over. */
  function end(row: number, subject: Subject, reason: string, nowMs: number): void {
    const { graceMs = 0 } = subject.settings;
    if (graceMs === 0) {
      hooks.restart(row, nowMs, reason);
      return;
    }
    subject.ending = `${reason}, killed ${formatDuration(graceMs)} later`;
    probeAt(row, nowMs + graceMs);
  }

  /** Undefined where there is no answer yet. */
  function verdictAtOnce(row: number, { probe }: LivenessProbe): Verdict | undefined {
    // The kernel accepts connections for a process that hangs or fails.
    if (probe === 'tcp') return 'success';
    if (hung[row] === 1) return undefined;
    const ratio = failRatio[row]!;
    const random = randoms[fleet.service[row]!]!;
    if (ratio > 0 && random.below(1 << 30) < ratio * (1 << 30)) return 'bad-answer';
    if (probe === 'side-port') return 'success';
    const knock = hooks.knock(row);
    if (knock === 'waits') return undefined;
    return knock === 'answered' ? 'success' : 'bad-answer';
  }

  /** Of a probe whose time is over. */
  function lateVerdict(row: number, wasHung: boolean): Verdict {
    const isLate = hung[row] === 1 || !(wasHung || hooks.hasAnswered(row));
    return isLate ? 'timeout' : 'success';
  }

  return { begin, started, entered, onProbe };
}
