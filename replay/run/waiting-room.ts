/**
 * Keeps the order of recorded connections: while a request of one is under way, the next ones wait
 * here. Nothing is kept of connections that have none.
 */
export class WaitingRoom<T> {
  /** All that wait. */
  size = 0;
  private readonly busy = new Map<number, T[]>();

  /** True where the session was idle: it is busy from now on. Otherwise the request waits. */
  enter(session: number, request: T): boolean {
    const line = this.busy.get(session);
    if (line === undefined) {
      this.busy.set(session, []);
      return true;
    }
    line.push(request);
    this.size++;
    return false;
  }

  /** One has ended: the next of its session, or undefined where the session is idle again. */
  leave(session: number): T | undefined {
    const next = this.busy.get(session)?.shift();
    if (next === undefined) this.busy.delete(session);
    else this.size--;
    return next;
  }

  /** Everybody who waits leaves. */
  clear(): T[] {
    const all = [...this.busy.values()].flat();
    for (const line of this.busy.values()) line.length = 0;
    this.size = 0;
    return all;
  }
}
