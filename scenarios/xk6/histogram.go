package plimsoll

import (
	"encoding/json"
	"math"
	"slices"
)

// The layout of simulator/results/histogram.ts: 128 buckets an octave, read from the bits of the
// float. testdata/buckets.json holds both sides to it.
const (
	lowestExponent   = -10 // 2^-10 ms; smaller values land in bucket 0
	octaves          = 36  // up to 2^26 ms; larger values land in the last bucket
	bucketsPerOctave = 128
	bucketCount      = octaves * bucketsPerOctave
	firstIndex       = (1023 + lowestExponent) * bucketsPerOctave
)

// bucketOf gives the bucket of a value in milliseconds: bucketOf(1) is 1280.
func bucketOf(value float64) int {
	if !(value > 0) {
		return 0
	}
	index := int(math.Float64bits(value)>>45) - firstIndex
	return min(max(index, 0), bucketCount-1)
}

// histogram counts sparsely: a second of one journey fills some hundred of the 4,608 buckets.
type histogram struct {
	count    uint64
	sum      float64
	min, max float64
	buckets  map[int]uint32
}

func (h *histogram) record(value float64) {
	if h.count == 0 {
		h.buckets = make(map[int]uint32)
		h.min, h.max = value, value
	}
	h.count++
	h.sum += value
	h.min = min(h.min, value)
	h.max = max(h.max, value)
	h.buckets[bucketOf(value)]++
}

// MarshalJSON writes HistogramData: buckets as index, count, index, count, in order of index.
func (h *histogram) MarshalJSON() ([]byte, error) {
	indexes := make([]int, 0, len(h.buckets))
	for index := range h.buckets {
		indexes = append(indexes, index)
	}
	slices.Sort(indexes)
	pairs := make([]int, 0, 2*len(indexes))
	for _, index := range indexes {
		pairs = append(pairs, index, int(h.buckets[index]))
	}
	return json.Marshal(struct {
		Count   uint64  `json:"count"`
		Sum     float64 `json:"sum"`
		Min     float64 `json:"min"`
		Max     float64 `json:"max"`
		Buckets []int   `json:"buckets"`
	}{h.count, h.sum, h.min, h.max, pairs})
}
