// M/M/c in C++: what a careful general engine in a systems language costs on this machine.
//
//     mmc SERVERS RHO REQUESTS SEED [heap|queue]
//
// Poisson arrivals, exponential service of 10 ms, one first-in-first-out queue. Every arrival and
// every departure goes through the event set (`heap`: heap.hpp; `queue`: std::priority_queue of the
// same structs); latencies are recorded at departure. Arrivals stop after REQUESTS, then the system
// runs empty. Events at the same time happen in any order: a real engine has to do better.
// Prints {requests, cpuSeconds, meanMs, p99Ms}; CPU seconds of the thread, tables made beforehand.
#include <queue>

#include "heap.hpp"

static constexpr double SERVICE_MS = 10;
static constexpr uint32_t ARRIVAL = 0xffffffff;

/** The same interface over the standard library. */
class StandardQueue {
  struct IsLater {
    bool operator()(const Event &a, const Event &b) const { return a.atMs > b.atMs; }
  };
  std::priority_queue<Event, std::vector<Event>, IsLater> queue;

 public:
  explicit StandardQueue(uint32_t) {}
  bool isEmpty() const { return queue.empty(); }
  void push(double atMs, uint32_t what) { queue.push({atMs, what}); }
  Event pop() {
    const Event event = queue.top();
    queue.pop();
    return event;
  }
};

/** First in, first out, in a ring that doubles when it is full. */
class Waiting {
  std::vector<double> ring = std::vector<double>(1024);
  size_t head = 0, tail = 0;

 public:
  bool isEmpty() const { return head == tail; }
  double take() { return ring[head++ & (ring.size() - 1)]; }
  void add(double arrivedMs) {
    if (tail - head == ring.size()) grow();
    ring[tail++ & (ring.size() - 1)] = arrivedMs;
  }

 private:
  __attribute__((noinline)) void grow() {
    std::vector<double> larger(2 * ring.size());
    for (size_t i = head; i < tail; i++) larger[i - head] = ring[i & (ring.size() - 1)];
    tail -= head;
    head = 0;
    ring.swap(larger);
  }
};

template <class Events>
static Histogram simulate(const Ziggurat &ziggurat, uint32_t servers, double rho, uint64_t requests,
                          uint64_t seed) {
  const double gapMs = SERVICE_MS / (rho * servers);
  RandomStream arrivals(seed, 1), services(seed, 2);
  Events events(servers + 2);
  Histogram latencyMs;
  Waiting waiting;
  std::vector<double> arrivedMs(servers);
  std::vector<uint32_t> idle(servers);
  for (uint32_t i = 0; i < servers; i++) idle[i] = i;

  const auto serve = [&](uint32_t server, double fromMs, double nowMs) {
    arrivedMs[server] = fromMs;
    events.push(nowMs + SERVICE_MS * ziggurat.draw(services), server);
  };
  uint64_t left = requests;
  events.push(gapMs * ziggurat.draw(arrivals), ARRIVAL);
  while (!events.isEmpty()) {
    const auto [nowMs, what] = events.pop();
    if (what == ARRIVAL) {
      if (--left > 0) events.push(nowMs + gapMs * ziggurat.draw(arrivals), ARRIVAL);
      if (idle.empty()) {
        waiting.add(nowMs);
      } else {
        const uint32_t server = idle.back();
        idle.pop_back();
        serve(server, nowMs, nowMs);
      }
    } else {
      latencyMs.record(nowMs - arrivedMs[what]);
      if (waiting.isEmpty()) idle.push_back(what);
      else serve(what, waiting.take(), nowMs);
    }
  }
  return latencyMs;
}

int main(int argc, char **argv) {
  const auto servers = static_cast<uint32_t>(argument(argc, argv, 1, 20));
  const double rho = argument(argc, argv, 2, 0.9);
  const auto requests = static_cast<uint64_t>(argument(argc, argv, 3, 1e6));
  const auto seed = static_cast<uint64_t>(argument(argc, argv, 4, 1));
  const bool isStandard = argc > 5 && std::strcmp(argv[5], "queue") == 0;
  const Ziggurat ziggurat;

  const double startSeconds = threadCpuSeconds();
  const Histogram latencyMs =
      isStandard ? simulate<StandardQueue>(ziggurat, servers, rho, requests, seed)
                 : simulate<HoleHeap>(ziggurat, servers, rho, requests, seed);
  const double cpuSeconds = threadCpuSeconds() - startSeconds;
  std::printf("{\"requests\":%llu,\"cpuSeconds\":%.6f,\"meanMs\":%.4f,\"p99Ms\":%.4f}\n",
              static_cast<unsigned long long>(latencyMs.count), cpuSeconds, latencyMs.mean(),
              latencyMs.quantile(0.99));
}
