/**
 * The nodes under a service's containers, as far as their image caches go: a new container goes to
 * the first node with room, else to a new one, which has no image yet. A node that is empty goes.
 */
export class Nodes {
  private readonly perNode: number;
  private readonly used: number[] = [];
  private readonly nodeOf = new Map<number, number>();

  /** @param perNode containers that a node has room for */
  constructor(perNode: number) {
    this.perNode = perNode;
  }

  /** Finds a place for an instance; whether the image lies there already. */
  place(row: number): boolean {
    const free = this.used.findIndex((count) => count > 0 && count < this.perNode);
    const node = free >= 0 ? free : this.fresh();
    this.used[node]!++;
    this.nodeOf.set(row, node);
    return free >= 0;
  }

  /** An instance is gone, or was never placed. */
  leave(row: number): void {
    const node = this.nodeOf.get(row);
    if (node === undefined) return;
    this.used[node]!--;
    this.nodeOf.delete(row);
  }

  private fresh(): number {
    const empty = this.used.indexOf(0);
    return empty >= 0 ? empty : this.used.push(0) - 1;
  }
}
