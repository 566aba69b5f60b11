/**
 * Room for answers on their way from the threads that send to the one that compares: a server that
 * answers faster than answers are compared must not fill the memory.
 */

const MOST_BYTES = 64 * 1024 * 1024;

/** Takes so many bytes for all threads that share the cell; false where there is no room. */
export function takeRoom(cells: Int32Array, cell: number, bytes: number): boolean {
  if (Atomics.add(cells, cell, bytes) + bytes <= MOST_BYTES) return true;
  Atomics.sub(cells, cell, bytes);
  return false;
}

export function giveRoomBack(cells: Int32Array, cell: number, bytes: number): void {
  Atomics.sub(cells, cell, bytes);
}
