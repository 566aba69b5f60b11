package plimsoll

import (
	"bufio"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"go.k6.io/k6/v2/errext"
	"go.k6.io/k6/v2/errext/exitcodes"
	"go.k6.io/k6/v2/lib/fsext"
	"go.k6.io/k6/v2/lib/netext/httpext"
	"go.k6.io/k6/v2/metrics"
	"go.k6.io/k6/v2/output"
)

var registry = metrics.NewRegistry()

func tags(pairs ...string) *metrics.TagSet {
	set := registry.RootTagSet()
	for i := 0; i < len(pairs); i += 2 {
		set = set.With(pairs[i], pairs[i+1])
	}
	return set
}

func trail(end time.Time, blocked, duration time.Duration, pairs ...string) *httpext.Trail {
	return &httpext.Trail{EndTime: end, Blocked: blocked, Duration: duration, Tags: tags(pairs...)}
}

func sample(name string, at time.Time, value float64, pairs ...string) metrics.Sample {
	metric := registry.MustNewMetric(name, metrics.Trend)
	series := metrics.TimeSeries{Metric: metric, Tags: tags(pairs...)}
	return metrics.Sample{TimeSeries: series, Time: at, Value: value}
}

func TestRequestBelongsToTheSecondInWhichItStarted(t *testing.T) {
	start := time.UnixMilli(1_700_000_000_250)
	s := newSeconds()
	s.startAt = start
	end := start.Add(4100 * time.Millisecond)
	s.add(trail(end, 200*time.Millisecond, 2*time.Second, "journey", "a"))
	lines := s.drain()
	if len(lines) != 1 || lines[0].Second != 1 {
		t.Fatalf("got %+v", lines)
	}
	if got := lines[0].Journeys["a"].OK; got.count != 1 || got.sum != 2200 {
		t.Errorf("got %+v", got)
	}
}

func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		claim    string
		tags     []string
		expected string
	}{
		{"an answer below 400", []string{"status", "200"}, "ok"},
		{"a redirect that is not followed", []string{"status", "302"}, "ok"},
		{"an answer from 400 on", []string{"status", "503", "error_code", "1503"}, "error"},
		{"a refused connection", []string{"status", "0", "error_code", "1212"}, "error"},
		{"no answer in time", []string{"status", "0", "error_code", "1050"}, "timeout"},
		{"no connection in time", []string{"status", "0", "error_code", "1211"}, "timeout"},
		{"a failure without error codes", []string{"status", "500"}, "error"},
	} {
		s := newSeconds()
		s.startAt = time.UnixMilli(1_700_000_000_000)
		s.add(trail(s.startAt.Add(time.Second), 0, time.Millisecond, c.tags...))
		journey := s.drain()[0].Journeys["default"]
		got := map[bool]string{journey.OK != nil: "ok"}[true] +
			map[bool]string{journey.Error != nil: "error"}[true] +
			map[bool]string{journey.Timeout != nil: "timeout"}[true]
		if got != c.expected {
			t.Errorf("%s counts as %q, expected %q", c.claim, got, c.expected)
		}
	}
}

func run(t *testing.T, containers ...metrics.SampleContainer) []map[string]any {
	t.Helper()
	fs := fsext.NewMemMapFs()
	out, err := newOutput(output.Params{ConfigArgument: "/r.ndjson", FS: fs, Logger: logrus.New()})
	if err != nil {
		t.Fatal(err)
	}
	if err := out.Start(); err != nil {
		t.Fatal(err)
	}
	out.AddMetricSamples(containers)
	if err := out.Stop(); err != nil {
		t.Fatal(err)
	}
	text, err := fsext.ReadFile(fs, "/r.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	var lines []map[string]any
	scanner := bufio.NewScanner(strings.NewReader(string(text)))
	for scanner.Scan() {
		var line map[string]any
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			t.Fatalf("%v in %s", err, scanner.Text())
		}
		lines = append(lines, line)
	}
	return lines
}

func TestFileSaysWhenMomentZeroWasAndThatItIsWhole(t *testing.T) {
	start := time.UnixMilli(1_700_000_000_000)
	lines := run(t,
		sample(metricStart, start.Add(-3*time.Second), 1_700_000_000_000.5),
		sample(metricLateness, start.Add(1500*time.Millisecond), 0.25, "journey", "a"),
		trail(start.Add(1600*time.Millisecond), 0, 100*time.Millisecond, "journey", "a"),
	)
	types := make([]string, 0, len(lines))
	for _, line := range lines {
		types = append(types, line["type"].(string))
	}
	if got := strings.Join(types, " "); got != "header start second generator end" {
		t.Fatalf("got %s", got)
	}
	if lines[0]["format"] != format || lines[1]["startAtMs"] != 1_700_000_000_000.5 {
		t.Errorf("got %v and %v", lines[0], lines[1])
	}
	end := lines[len(lines)-1]
	if end["requests"] != 1.0 || end["lines"] != float64(len(lines)) {
		t.Errorf("got %v after %d lines", end, len(lines))
	}
}

func TestScriptThatNamesNoStartBeginsWithItsFirstRequest(t *testing.T) {
	first := time.UnixMilli(1_700_000_001_000)
	lines := run(t, trail(first, 0, time.Second, "scenario", "default"))
	if lines[1]["startAtMs"] != 1_700_000_000_000.0 || lines[1]["declared"] != false {
		t.Errorf("got %v", lines[1])
	}
}

func TestCrossedThresholdIsNoBreakOff(t *testing.T) {
	crossed := errext.WithExitCodeIfNone(errors.New("crossed"), exitcodes.ThresholdsHaveFailed)
	broken := errext.WithExitCodeIfNone(errors.New("thrown"), exitcodes.ScriptException)
	if !isCrossedThreshold(crossed) || isCrossedThreshold(broken) {
		t.Error("a run with crossed thresholds is whole, one with an exception is not")
	}
}

func TestFileIsRequired(t *testing.T) {
	if _, err := newOutput(output.Params{}); err == nil {
		t.Error("an output without a file was accepted")
	}
}
