// What both references share: random stream, exponential draws, histogram, clock, output.
// Stream, ziggurat and histogram are those of simulator/engine/{random,ziggurat}.ts and
// simulator/results/histogram.ts, so that the same work is timed on both sides.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>

/** CPU time of this thread, in seconds: what else the machine does is not counted. */
inline double threadCpuSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/** sfc32 (Chris Doty-Humphrey, PractRand), seeded by splitmix64. */
class RandomStream {
  uint32_t a, b, c, counter = 1;

 public:
  RandomStream(uint64_t seed, uint64_t purpose) {
    uint64_t state = seed * 0x9e3779b97f4a7c15u + purpose * 0xd1342543de82ef95u;
    uint64_t words[2];
    for (uint64_t &word : words) {
      word = state += 0x9e3779b97f4a7c15u;
      word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9u;
      word = (word ^ (word >> 27)) * 0x94d049bb133111ebu;
      word ^= word >> 31;
    }
    a = static_cast<uint32_t>(words[0]);
    b = static_cast<uint32_t>(words[0] >> 32);
    c = static_cast<uint32_t>(words[1]);
    for (int round = 0; round < 16; round++) next();
  }

  uint32_t next() {
    const uint32_t sum = a + b + counter++;
    a = b ^ (b >> 9);
    b = c + (c << 3);
    c = ((c << 21) | (c >> 11)) + sum;
    return sum;
  }

  /** Uniform in 0 … n − 1 by multiplication; the bias is below n / 2^32. */
  uint32_t below(uint32_t n) {
    return static_cast<uint32_t>((static_cast<uint64_t>(next()) * n) >> 32);
  }

  double uniform() {
    const uint64_t high = next() >> 5;
    return static_cast<double>((high << 26) | (next() >> 6)) * 0x1p-53;
  }
};

/** Exponential draws of mean 1: Marsaglia & Tsang, 256 layers, 53-bit positions in a layer. */
class Ziggurat {
  static constexpr double R = 7.69711747013105;
  static constexpr double AREA = 0.003949659822581557;
  /** Width of a layer × 2^-53 beside the width of the one above: one cache line for both. */
  struct Layer {
    double scale, inner;
  };
  Layer layers[256];
  double f[257];

 public:
  Ziggurat() {
    double x[257];
    x[0] = AREA / std::exp(-R);
    x[1] = R;
    for (int i = 2; i < 256; i++) x[i] = -std::log(AREA / x[i - 1] + std::exp(-x[i - 1]));
    x[256] = 0;
    for (int i = 0; i <= 256; i++) f[i] = std::exp(-x[i]);
    for (int i = 0; i < 256; i++) layers[i] = {x[i] * 0x1p-53, x[i + 1]};
  }

  double draw(RandomStream &random) const {
    const uint32_t low = random.next();
    const uint64_t bits = (static_cast<uint64_t>(low >> 8) << 29) | (random.next() >> 3);
    const Layer layer = layers[low & 255];
    const double x = static_cast<double>(static_cast<int64_t>(bits)) * layer.scale;
    if (__builtin_expect(x < layer.inner, 1)) return x;
    return outside(random, low & 255, x);
  }

 private:
  __attribute__((noinline)) double outside(RandomStream &random, uint32_t layer, double x) const {
    if (layer == 0) return R + draw(random);
    const double y = f[layer] + random.uniform() * (f[layer + 1] - f[layer]);
    return y < std::exp(-x) ? x : draw(random);
  }
};

/** Log-linear, 128 buckets an octave, by the bits of the float. */
class Histogram {
  static constexpr int LOWEST_EXPONENT = -10, BUCKETS = 36 * 128;
  static constexpr int64_t FIRST = (1023 + LOWEST_EXPONENT) * 128;
  std::vector<uint32_t> counts = std::vector<uint32_t>(BUCKETS);
  double sum = 0;

 public:
  uint64_t count = 0;

  void record(double value) {
    int64_t bits;
    memcpy(&bits, &value, sizeof bits);
    int64_t index = (bits >> 45) - FIRST;
    index = index < 0 ? 0 : index;
    counts[static_cast<size_t>(index < BUCKETS ? index : BUCKETS - 1)]++;
    count++;
    sum += value;
  }

  double mean() const { return sum / static_cast<double>(count); }

  double quantile(double q) const {
    const double rank = q * static_cast<double>(count - 1);
    double before = 0;
    for (int index = 0; index < BUCKETS; index++) {
      const double inside = counts[static_cast<size_t>(index)];
      if (before + inside > rank) {
        const double width = start(index + 1) - start(index);
        return start(index) + width * (rank - before + 0.5) / inside;
      }
      before += inside;
    }
    return start(BUCKETS);
  }

 private:
  static double start(int index) {
    const int64_t bits = (index + FIRST) << 45;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
  }
};

/** The n-th argument as a number, or what it is without one. */
inline double argument(int argc, char **argv, int n, double otherwise) {
  return n < argc ? std::atof(argv[n]) : otherwise;
}
