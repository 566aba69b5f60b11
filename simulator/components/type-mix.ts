/**
 * The instance types of one group: which type each row is, and what is launched and ended so that
 * the group has the units that are desired. Sizes of such a group are in units of weight:
 *
 *     desired 12      ██ ██ ██ ██ ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓      10 units + one launch of 6 = 16
 *                     1  1  1  …  launched: at most desired + largest weight
 */
import type { InstanceMix, MixedType } from '../model/mix-settings.ts';
import { allocationOrder, nextType } from '../policies/aws/allocation-strategy.ts';
import { weightedLaunches, weightedTerminations } from '../policies/aws/weighted-capacity.ts';

const HOUR_MS = 3_600_000;

/** Types of the instances that a group of so many units starts with. */
export function startTypes(mix: InstanceMix, units: number): MixedType[] {
  const all = new TypeMix(mix).launches(units, 0, Number.POSITIVE_INFINITY);
  return all.map((type) => mix.types[type]!);
}

/** By type: integral of instances over time, in hours. */
export type TypeHours = Readonly<Record<string, number>>;

export class TypeMix {
  private readonly mix: InstanceMix;
  /** Indexes of types, the most wanted one first. */
  private readonly order: readonly number[];
  private readonly typeOf = new Map<number, number>();
  /** By type, of instances that are gone. */
  private readonly goneMs: number[];

  constructor(mix: InstanceMix) {
    this.mix = mix;
    this.order = allocationOrder(mix.allocation, mix.types);
    this.goneMs = mix.types.map(() => 0);
  }

  /** A row is an instance of a type from now on. */
  opened(row: number, type: number): void {
    this.typeOf.set(row, type);
  }

  /** A row's instance has ended, after so long. */
  retired(row: number, ageMs: number): void {
    this.goneMs[this.typeOf.get(row)!]! += ageMs;
    this.typeOf.delete(row);
  }

  /** Of a row that has not ended. */
  weightOf(row: number): number {
    return this.mix.types[this.typeOf.get(row)!]!.weight;
  }

  sizeOf(type: number): number {
    return this.mix.types[type]!.size;
  }

  /** 0 is the type that the strategy wants most. */
  rankOf(row: number): number {
    return this.order.indexOf(this.typeOf.get(row)!);
  }

  units(rows: readonly number[]): number {
    return rows.reduce((sum, row) => sum + this.weightOf(row), 0);
  }

  /**
   * Types of the instances to launch, by number.
   *
   * @param most instances that there is room for
   */
  launches(desired: number, units: number, most: number): number[] {
    const { types } = this.mix;
    const counts = types.map(
      (_, type) => [...this.typeOf.values()].filter((one) => one === type).length,
    );
    const chosen: number[] = [];
    weightedLaunches(desired, units, types, () => {
      const type = chosen.length < most ? nextType(this.order, types, counts) : -1;
      if (type >= 0) {
        counts[type]!++;
        chosen.push(type);
      }
      return type;
    });
    return chosen;
  }

  /**
   * Rows that end: in their order, as long as the capacity stays at what is desired.
   *
   * @param order all rows of the group, the first to go first
   */
  leaving(desired: number, order: readonly number[]): number[] {
    const picked = order.map((row) => ({ weight: this.weightOf(row) }));
    return order.slice(0, weightedTerminations(desired, this.units(order), picked));
  }

  /** `10 units, launches 1 m5.2xlarge (4): 14 units` */
  reason(
    units: number,
    desired: number,
    launches: readonly number[],
    leaving: readonly number[],
  ): string {
    const left = leaving.map((row) => this.typeOf.get(row)!);
    const come = this.weightsOf(launches);
    const after = units + come - this.weightsOf(left);
    const what =
      launches.length > 0 ? `launches ${this.words(launches)}` : `ends ${this.words(left)}`;
    const short = after < desired ? `, no machine for the other ${desired - after}` : '';
    if (launches.length + left.length > 0) return `${units} units, ${what}: ${after} units${short}`;
    return after < desired ? `${units} units${short}` : `${units} units: none comes, none can go`;
  }

  private weightsOf(types: readonly number[]): number {
    return types.reduce((sum, type) => sum + this.mix.types[type]!.weight, 0);
  }

  private words(chosen: readonly number[]): string {
    return this.mix.types
      .map(({ name, weight }, type) => ({
        count: chosen.filter((one) => one === type).length,
        text: `${name} (${weight})`,
      }))
      .flatMap(({ count, text }) => (count > 0 ? [`${count} ${text}`] : []))
      .join(', ');
  }

  /** @param ageMs of a row that has not ended */
  hours(ageMs: (row: number) => number): TypeHours {
    const all = [...this.goneMs];
    for (const [row, type] of this.typeOf) all[type]! += ageMs(row);
    const { types } = this.mix;
    return Object.fromEntries(types.map(({ name }, type) => [name, all[type]! / HOUR_MS]));
  }
}
