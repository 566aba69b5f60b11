package plimsoll

import (
	"encoding/json"
	"os"
	"testing"
)

func TestBucketsAreThoseOfTheSimulator(t *testing.T) {
	text, err := os.ReadFile("testdata/buckets.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors [][2]float64
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) < 100 {
		t.Fatalf("only %d vectors", len(vectors))
	}
	for _, vector := range vectors {
		if got := bucketOf(vector[0]); got != int(vector[1]) {
			t.Errorf("bucketOf(%v) is %d, expected %v", vector[0], got, vector[1])
		}
	}
}

func TestHistogramIsWrittenSparselyInOrder(t *testing.T) {
	var h histogram
	for _, value := range []float64{2, 1, 1.001, 4} {
		h.record(value)
	}
	text, err := json.Marshal(&h)
	if err != nil {
		t.Fatal(err)
	}
	const expected = `{"count":4,"sum":8.001,"min":1,"max":4,"buckets":[1280,2,1408,1,1536,1]}`
	if string(text) != expected {
		t.Errorf("got %s", text)
	}
}
