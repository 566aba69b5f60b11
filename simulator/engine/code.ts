/** Ops and random streams, as they are laid down. */
import type { Service } from '../model/model.ts';
import { type Draw, type DrawSource, OP_WIDTH } from './program.ts';

/** An operand that is set when it is known. */
export const UNKNOWN: number = -1;

/** What is drawn together, while it is being collected. */
export interface OpenRegion {
  readonly columns: number[];
  readonly draws: number[];
}

/** Where the code that is being laid belongs. */
export interface Place {
  readonly service: Service | undefined;
  readonly depth: number;
  readonly name: string;
  readonly region: OpenRegion;
  /** Columns taken, of the slot whose code this is. */
  readonly slot: { columns: number };
  /** CHECK ops whose failure target is not known yet. */
  readonly checks: number[];
  /** Timed and retried calls around it. */
  readonly timers: number;
  readonly retries: number;
  /** Whether a caller may be gone when an answer comes. */
  readonly isExposed: boolean;
}

/** Where a column belongs. */
export interface ColumnPlace {
  readonly name: string;
  readonly region: OpenRegion;
  /** Columns taken, of the slot whose code this is. */
  readonly slot: { columns: number };
}

export class Code {
  protected readonly ops: number[] = [];
  protected readonly draws: Draw[] = [];
  protected readonly regions: OpenRegion[] = [];

  protected get pc(): number {
    return this.ops.length / OP_WIDTH;
  }

  protected emit(code: number, a = 0, b = 0, c = 0): number {
    this.ops.push(code, a, b, c);
    return this.pc - 1;
  }

  protected setA(pc: number, a: number): void {
    this.ops[pc * OP_WIDTH + 1] = a;
  }

  protected setC(pc: number, c: number): void {
    this.ops[pc * OP_WIDTH + 3] = c;
  }

  /** Failing calls go on here. */
  protected land(checks: readonly number[]): void {
    for (const check of checks) this.setA(check, this.pc);
  }

  protected open(): OpenRegion {
    const region = { columns: [], draws: [] };
    this.regions.push(region);
    return region;
  }

  protected drawOf(source: DrawSource, name: string): number {
    return this.draws.push({ source, name }) - 1;
  }

  /** A new column of the slot, drawn with the rest of the region. */
  protected column(source: DrawSource, { name, region, slot }: ColumnPlace): number {
    region.draws.push(this.drawOf(source, name));
    return region.columns[region.columns.push(slot.columns++) - 1]!;
  }
}

/** Index of a value in a list; added where it is not there. */
export function indexIn(list: number[], value: number): number {
  const known = list.indexOf(value);
  return known >= 0 ? known : list.push(value) - 1;
}
