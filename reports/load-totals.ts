/** Adds up what a load generator measured, whatever it wrote it in. */
import { Histogram, type HistogramData } from '../simulator/results/histogram.ts';

export const OUTCOMES = ['ok', 'error', 'timeout'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** One journey's requests that started within one second. */
export interface SecondTotals {
  started: number;
  readonly ok: Histogram;
  readonly error: Histogram;
  readonly timeout: Histogram;
}

export class LoadTotals {
  /** Journey → second since moment 0 → totals. */
  readonly journeys: Map<string, Map<number, SecondTotals>> = new Map();
  readonly latenessMs: Histogram = new Histogram();
  droppedIterations = 0;
  /** Wall clock of moment 0; undefined until it is known. */
  startAtMs: number | undefined;
  /** CPU time of the generator's process at its first and latest report. */
  cpu: { firstAtMs: number; firstMs: number; lastAtMs: number; lastMs: number } | undefined;
  private readonly tool: { name: 'k6' | 'built-in'; version: string };

  constructor(tool: 'k6' | 'built-in', version: string) {
    this.tool = { name: tool, version };
  }

  get toolName(): 'k6' | 'built-in' {
    return this.tool.name;
  }

  get toolVersion(): string {
    return this.tool.version;
  }

  at(journey: string, second: number): SecondTotals {
    let seconds = this.journeys.get(journey);
    if (seconds === undefined) {
      seconds = new Map();
      this.journeys.set(journey, seconds);
    }
    let totals = seconds.get(second);
    if (totals === undefined) {
      totals = {
        started: 0,
        ok: new Histogram(),
        error: new Histogram(),
        timeout: new Histogram(),
      };
      seconds.set(second, totals);
    }
    return totals;
  }

  addOutcome(journey: string, second: number, outcome: Outcome, latencyMs: HistogramData): void {
    this.at(journey, second)[outcome].merge(latencyMs);
  }

  reportCpu(atMs: number, cpuMs: number): void {
    this.cpu ??= { firstAtMs: atMs, firstMs: cpuMs, lastAtMs: atMs, lastMs: cpuMs };
    this.cpu.lastAtMs = atMs;
    this.cpu.lastMs = cpuMs;
  }

  /** CPU ÷ one core between the first report and the latest; null without two of them. */
  get cpuRatio(): number | null {
    const { cpu } = this;
    if (cpu === undefined || cpu.lastAtMs <= cpu.firstAtMs) return null;
    return (cpu.lastMs - cpu.firstMs) / (cpu.lastAtMs - cpu.firstAtMs);
  }
}
