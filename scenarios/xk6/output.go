package plimsoll

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"time"

	"go.k6.io/k6/v2/errext"
	"go.k6.io/k6/v2/errext/exitcodes"
	"go.k6.io/k6/v2/lib/netext/httpext"
	"go.k6.io/k6/v2/metrics"
	"go.k6.io/k6/v2/output"
)

const (
	format      = "plimsoll-load/1"
	version     = "0.1.0"
	flushPeriod = time.Second
)

type headerLine struct {
	Type        string       `json:"type"`
	Format      string       `json:"format"`
	Tool        string       `json:"tool"`
	ToolVersion string       `json:"toolVersion"`
	Version     string       `json:"version"`
	OpenedAtMs  float64      `json:"openedAtMs"`
	Buckets     bucketLayout `json:"buckets"`
}

type bucketLayout struct {
	LowestExponent int `json:"lowestExponent"`
	Octaves        int `json:"octaves"`
	PerOctave      int `json:"perOctave"`
}

// startLine says when moment 0 was; Declared where the script said so.
type startLine struct {
	Type      string  `json:"type"`
	StartAtMs float64 `json:"startAtMs"`
	Declared  bool    `json:"declared"`
}

// generatorLine is a look at k6 itself. CpuMs is what its process has used so far; absent where the
// system does not tell.
type generatorLine struct {
	Type   string   `json:"type"`
	AtMs   float64  `json:"atMs"`
	CPUMs  *float64 `json:"cpuMs,omitempty"`
	VUs    float64  `json:"vus"`
	VUsMax float64  `json:"vusMax"`
}

// endLine is the last one: a file without it has been cut.
type endLine struct {
	Type     string  `json:"type"`
	AtMs     float64 `json:"atMs"`
	Requests uint64  `json:"requests"`
	Lines    int     `json:"lines"`
	Error    string  `json:"error,omitempty"`
}

// fileOutput writes NDJSON, one flush a second.
type fileOutput struct {
	output.SampleBuffer

	params  output.Params
	file    io.Closer
	writer  *bufio.Writer
	encoder *json.Encoder
	flusher *output.PeriodicFlusher
	openAt  time.Time
	seconds *seconds
	lines   int
	failure error
}

var (
	_ output.Output                = &fileOutput{}
	_ output.WithStopWithTestError = &fileOutput{}
)

func newOutput(params output.Params) (*fileOutput, error) {
	if params.ConfigArgument == "" {
		return nil, errors.New("the plimsoll output needs a file: --out plimsoll=results.ndjson")
	}
	return &fileOutput{params: params, seconds: newSeconds()}, nil
}

func (o *fileOutput) Description() string {
	return fmt.Sprintf("plimsoll %s (%s)", version, o.params.ConfigArgument)
}

func (o *fileOutput) Start() error {
	file, err := o.params.FS.Create(o.params.ConfigArgument)
	if err != nil {
		return fmt.Errorf("plimsoll: cannot write %s: %w", o.params.ConfigArgument, err)
	}
	o.file = file
	o.writer = bufio.NewWriter(file)
	o.encoder = json.NewEncoder(o.writer)
	o.openAt = time.Now()
	o.write(headerLine{
		Type: "header", Format: format, Tool: "k6", ToolVersion: k6Version(), Version: version,
		OpenedAtMs: epochMs(o.openAt),
		Buckets:    bucketLayout{lowestExponent, octaves, bucketsPerOctave},
	})
	o.flusher, err = output.NewPeriodicFlusher(flushPeriod, o.flush)
	return err
}

// Stop is part of the interface; k6 calls StopWithTestError instead.
func (o *fileOutput) Stop() error { return o.StopWithTestError(nil) }

func (o *fileOutput) StopWithTestError(testError error) error {
	o.flusher.Stop()
	end := endLine{
		Type: "end", AtMs: o.sinceStartMs(time.Now()), Requests: o.seconds.requests,
		Lines: o.lines + 1,
	}
	if testError != nil && !isCrossedThreshold(testError) {
		end.Error = testError.Error()
	}
	o.write(end)
	return errors.Join(o.failure, o.writer.Flush(), o.file.Close())
}

// isCrossedThreshold tells a verdict on a whole run from a run that broke off.
func isCrossedThreshold(err error) bool {
	var coded errext.HasExitCode
	return errors.As(err, &coded) && coded.ExitCode() == exitcodes.ThresholdsHaveFailed
}

func (o *fileOutput) flush() {
	for _, container := range o.GetBufferedSamples() {
		o.findStart(container)
		o.seconds.add(container)
	}
	if o.seconds.startAt.IsZero() {
		return
	}
	for _, line := range o.seconds.drain() {
		o.write(line)
	}
	o.write(generatorLine{
		Type: "generator", AtMs: o.sinceStartMs(time.Now()), CPUMs: cpuMs(),
		VUs: o.seconds.vus, VUsMax: o.seconds.vusMax,
	})
	o.keep(o.writer.Flush())
}

// findStart learns moment 0 from the script's own gauge, which setup() emits before all else; a
// script without one starts with its first sample.
func (o *fileOutput) findStart(container metrics.SampleContainer) {
	if !o.seconds.startAt.IsZero() {
		return
	}
	if trail, ok := container.(*httpext.Trail); ok {
		o.start(trail.EndTime.Add(-trail.Blocked-trail.Duration), false)
		return
	}
	for _, sample := range container.GetSamples() {
		switch sample.Metric.Name {
		case metricStart:
			o.start(time.UnixMicro(int64(sample.Value*1000)), true)
			return
		case metrics.VUsName, metrics.VUsMaxName, metrics.DataSentName, metrics.DataReceivedName:
			// k6 emits these from its own start on, which says nothing about the load's.
		default:
			o.start(sample.Time, false)
			return
		}
	}
}

func (o *fileOutput) start(at time.Time, declared bool) {
	o.seconds.startAt = at
	// What came before moment 0 was known belongs to no second.
	o.seconds.lines = make(map[int]*secondLine)
	o.write(startLine{Type: "start", StartAtMs: epochMs(at), Declared: declared})
}

func (o *fileOutput) sinceStartMs(now time.Time) float64 {
	if o.seconds.startAt.IsZero() {
		return 0
	}
	return float64(now.Sub(o.seconds.startAt)) / float64(time.Millisecond)
}

func (o *fileOutput) write(line any) {
	o.keep(o.encoder.Encode(line))
	o.lines++
}

// keep remembers the first failure (a full disk) for Stop: the flusher cannot return one.
func (o *fileOutput) keep(err error) {
	if err != nil && o.failure == nil {
		o.failure = fmt.Errorf("plimsoll: cannot write %s: %w", o.params.ConfigArgument, err)
		o.params.Logger.Error(o.failure)
	}
}

func epochMs(moment time.Time) float64 {
	return float64(moment.UnixMicro()) / 1000
}

func k6Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, dependency := range info.Deps {
		if strings.HasPrefix(dependency.Path, "go.k6.io/k6/") {
			return dependency.Version
		}
	}
	return "unknown"
}
