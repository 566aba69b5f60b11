package plimsoll

import (
	"math"
	"sort"
	"time"

	"go.k6.io/k6/v2/lib/netext/httpext"
	"go.k6.io/k6/v2/metrics"
)

// Names of the metrics that the scenarios emit (scenarios/lib/metrics.ts).
const (
	metricStart    = "plimsoll_start"
	metricLateness = "plimsoll_lateness"
)

// Error codes of k6 that mean: the client gave up waiting.
const (
	codeRequestTimeout = "1050"
	codeDialTimeout    = "1211"
)

// journeySecond is what clients saw of one journey's requests that started within one second.
type journeySecond struct {
	Started uint64     `json:"started,omitempty"`
	OK      *histogram `json:"ok,omitempty"`
	Error   *histogram `json:"error,omitempty"`
	Timeout *histogram `json:"timeout,omitempty"`
}

// secondLine is written whenever something new is known of a second; lines of one second add up.
type secondLine struct {
	Type              string                    `json:"type"`
	Second            int                       `json:"second"`
	Journeys          map[string]*journeySecond `json:"journeys,omitempty"`
	Lateness          *histogram                `json:"lateness,omitempty"`
	DroppedIterations float64                   `json:"droppedIterations,omitempty"`
	Iterations        float64                   `json:"iterations,omitempty"`
	BytesSent         float64                   `json:"bytesSent,omitempty"`
	BytesReceived     float64                   `json:"bytesReceived,omitempty"`
}

// seconds collects samples by the second, counted from moment 0, in which they *started*. k6 stamps
// a request at its end; by that stamp a slow answer would move to a later second.
type seconds struct {
	// startAt is moment 0; zero until it is known.
	startAt  time.Time
	lines    map[int]*secondLine
	requests uint64
	vus      float64
	vusMax   float64
}

func newSeconds() *seconds {
	return &seconds{lines: make(map[int]*secondLine)}
}

func (s *seconds) add(container metrics.SampleContainer) {
	if trail, ok := container.(*httpext.Trail); ok {
		s.addRequest(trail)
		return
	}
	for _, sample := range container.GetSamples() {
		s.addSample(sample)
	}
}

// addRequest takes the client's latency: waiting for a connection (which holds name look-up,
// connect and TLS already), sending, waiting, receiving.
func (s *seconds) addRequest(trail *httpext.Trail) {
	latency := trail.Blocked + trail.Duration
	of := s.at(trail.EndTime.Add(-latency)).journey(journeyOf(trail.Tags))
	class := of.class(trail.Tags)
	if *class == nil {
		*class = &histogram{}
	}
	(*class).record(float64(latency) / float64(time.Millisecond))
	s.requests++
}

func (s *seconds) addSample(sample metrics.Sample) {
	switch sample.Metric.Name {
	case metricLateness:
		line := s.at(sample.Time)
		if line.Lateness == nil {
			line.Lateness = &histogram{}
		}
		line.Lateness.record(sample.Value)
		line.journey(journeyOf(sample.Tags)).Started++
	case metrics.DroppedIterationsName:
		s.at(sample.Time).DroppedIterations += sample.Value
	case metrics.IterationsName:
		s.at(sample.Time).Iterations += sample.Value
	case metrics.DataSentName:
		if sample.Value > 0 { // k6 reports 0 bytes of setup, which would open a second for nothing
			s.at(sample.Time).BytesSent += sample.Value
		}
	case metrics.DataReceivedName:
		if sample.Value > 0 {
			s.at(sample.Time).BytesReceived += sample.Value
		}
	case metrics.VUsName:
		s.vus = sample.Value
	case metrics.VUsMaxName:
		s.vusMax = sample.Value
	}
}

// at gives the line of a moment's second; negative before moment 0.
func (s *seconds) at(moment time.Time) *secondLine {
	second := int(math.Floor(moment.Sub(s.startAt).Seconds()))
	line := s.lines[second]
	if line == nil {
		line = &secondLine{
			Type: "second", Second: second, Journeys: make(map[string]*journeySecond),
		}
		s.lines[second] = line
	}
	return line
}

// drain hands out what came in since the last time, in order of time.
func (s *seconds) drain() []*secondLine {
	lines := make([]*secondLine, 0, len(s.lines))
	for _, line := range s.lines {
		lines = append(lines, line)
	}
	sort.Slice(lines, func(a, b int) bool { return lines[a].Second < lines[b].Second })
	s.lines = make(map[int]*secondLine)
	return lines
}

func (l *secondLine) journey(name string) *journeySecond {
	journey := l.Journeys[name]
	if journey == nil {
		journey = &journeySecond{}
		l.Journeys[name] = journey
	}
	return journey
}

// class is the histogram of a request's outcome: an answer below 400, none in time, or anything
// else. The status decides where a script has switched error codes off.
func (j *journeySecond) class(tags *metrics.TagSet) **histogram {
	code, _ := tags.Get("error_code")
	status, _ := tags.Get("status")
	switch {
	case code == codeRequestTimeout || code == codeDialTimeout:
		return &j.Timeout
	case code != "" || status == "0" || status >= "4":
		return &j.Error
	default:
		return &j.OK
	}
}

// journeyOf falls back on what any k6 script has, so that others than ours can be read as well.
func journeyOf(tags *metrics.TagSet) string {
	for _, key := range []string{"journey", "name", "scenario"} {
		if value, ok := tags.Get(key); ok && value != "" {
			return value
		}
	}
	return "default"
}
