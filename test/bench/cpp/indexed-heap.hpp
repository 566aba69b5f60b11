// The same heap with a table of where each event is, so that an event can be cancelled: it leaves
// at once, and the heap holds only what will happen.
#pragma once

#include "heap.hpp"

class IndexedHeap {
  static constexpr uint32_t ROOT = 3;
  static constexpr double NEVER = std::numeric_limits<double>::infinity();
  Event *heap;
  std::vector<uint32_t> places;
  uint32_t end = ROOT;
  bool hasHole = false;

 public:
  explicit IndexedHeap(uint32_t events) : places(events) {
    const size_t size = (static_cast<size_t>(events) + 16) / 4 * 4;
    heap = static_cast<Event *>(std::aligned_alloc(64, size * sizeof(Event)));
    for (size_t i = 0; i < size; i++) heap[i] = {NEVER, 0};
  }
  ~IndexedHeap() { std::free(heap); }

  bool isEmpty() const { return end == ROOT + (hasHole ? 1 : 0); }

  /** The earliest event; its place stays open for the next `push`. */
  Event pop() {
    if (hasHole) fillHole();
    hasHole = true;
    return heap[ROOT];
  }

  void push(double atMs, uint32_t what) {
    if (hasHole) {
      hasHole = false;
      sink(ROOT, {atMs, what});
    } else {
      rise(end++, {atMs, what});
    }
  }

  /** Takes an event out that is scheduled. The last one comes in its place, which then moves. */
  void cancel(uint32_t what) {
    const uint32_t at = places[what];
    const Event last = takeLast();
    if (at == end) return;
    // A hole at the root still has the time of the event that left it, which is before all others.
    if (last.atMs < heap[(at + 8) / 4].atMs) rise(at, last);
    else sink(at, last);
  }

 private:
  Event takeLast() {
    const Event last = heap[--end];
    heap[end].atMs = NEVER;
    return last;
  }

  void fillHole() {
    const Event last = takeLast();
    if (end > ROOT) sink(ROOT, last);
  }

  void put(uint32_t at, Event event) {
    heap[at] = event;
    places[event.what] = at;
  }

  void rise(uint32_t at, Event event) {
    while (at > ROOT) {
      const uint32_t parent = (at + 8) / 4;
      if (heap[parent].atMs <= event.atMs) break;
      put(at, heap[parent]);
      at = parent;
    }
    put(at, event);
  }

  void sink(uint32_t at, Event event) {
    for (;;) {
      const uint32_t first = 4 * at - 8;
      if (first >= end) break;
      const uint32_t child = earliestOfFour(heap + first, first);
      if (event.atMs <= heap[child].atMs) break;
      put(at, heap[child]);
      at = child;
    }
    put(at, event);
  }
};
