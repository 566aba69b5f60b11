// What becomes of an analysis, step by step, on the clock of a bubble.
package analysis

import (
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/argoproj/argo-rollouts/metric"
	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	analysisutil "github.com/argoproj/argo-rollouts/utils/analysis"
	"github.com/argoproj/argo-rollouts/utils/record"
)

type testRun struct {
	Spec  v1alpha1.AnalysisRunSpec `json:"spec"`
	Steps []struct {
		NowMs     int64                              `json:"nowMs"`
		Terminate bool                               `json:"terminate"`
		Outcomes  map[string]v1alpha1.AnalysisPhase `json:"outcomes"`
	} `json:"steps"`
}

// Updates of its status bring a run back at once; so often it is the same at the latest.
const mostPasses = 10

// TestDecisions tells the phases after each step.
func TestDecisions(t *testing.T) {
	logrus.SetOutput(io.Discard)
	answerLines(t, func(run *testRun) ([]string, error) {
		var decisions []string
		synctest.Test(t, func(*testing.T) { decisions = run.play() })
		return decisions, nil
	})
}

func (run *testRun) play() []string {
	source := &outcomes{}
	var next time.Duration
	c := &Controller{
		newProvider: func(logrus.Entry, string, v1alpha1.Metric) (metric.Provider, error) { return source, nil },
		recorder:    deaf{},
	}
	c.enqueueAnalysisAfter = func(_ any, after time.Duration) { next = after }
	for i := range run.Spec.Metrics {
		run.Spec.Metrics[i].Provider = v1alpha1.MetricProvider{Job: &v1alpha1.JobMetric{}}
	}
	if err := analysisutil.ValidateMetrics(run.Spec.Metrics); err != nil {
		return []string{"refused"}
	}
	analysis := &v1alpha1.AnalysisRun{Spec: run.Spec}
	origin := time.Now()
	decisions := []string{}
	for _, step := range run.Steps {
		time.Sleep(time.Until(origin.Add(time.Duration(step.NowMs) * time.Millisecond)))
		source.now = step.Outcomes
		analysis.Spec.Terminate = analysis.Spec.Terminate || step.Terminate
		for range mostPasses {
			next = -1
			after := c.reconcileAnalysisRun(analysis)
			isSame := reflect.DeepEqual(after.Status, analysis.Status)
			analysis = after
			if isSame {
				break
			}
		}
		decisions = append(decisions, told(analysis, step.NowMs, next))
	}
	return decisions
}

func told(analysis *v1alpha1.AnalysisRun, nowMs int64, next time.Duration) string {
	words := []string{string(analysis.Status.Phase)}
	for _, one := range analysis.Spec.Metrics {
		result := analysisutil.GetResult(analysis, one.Name)
		if result == nil {
			words = append(words, "unmeasured")
			continue
		}
		words = append(words, fmt.Sprintf("%s:%d/%d/%d/%d/%d/%d", result.Phase, result.Successful, result.Failed,
			result.Inconclusive, result.Error, result.ConsecutiveError, result.ConsecutiveSuccess))
	}
	if analysis.Status.Phase.Completed() || next < 0 {
		return strings.Join(append(words, "never"), " ")
	}
	return strings.Join(append(words, fmt.Sprint(nowMs+next.Milliseconds())), " ")
}

// deaf is told what happens.
type deaf struct{ record.EventRecorder }

func (deaf) Eventf(runtime.Object, record.EventOptions, string, ...any) {}

// outcomes are what a measurement comes to now.
type outcomes struct {
	metric.Provider
	now map[string]v1alpha1.AnalysisPhase
}

func (o *outcomes) Run(_ *v1alpha1.AnalysisRun, asked v1alpha1.Metric) v1alpha1.Measurement {
	return v1alpha1.Measurement{Phase: o.now[asked.Name]}
}

func (o *outcomes) Resume(_ *v1alpha1.AnalysisRun, asked v1alpha1.Metric, before v1alpha1.Measurement) v1alpha1.Measurement {
	before.Phase = o.now[asked.Name]
	return before
}

func (o *outcomes) Terminate(_ *v1alpha1.AnalysisRun, _ v1alpha1.Metric, before v1alpha1.Measurement) v1alpha1.Measurement {
	before.Phase = v1alpha1.AnalysisPhaseSuccessful
	return before
}

func (o *outcomes) GarbageCollect(*v1alpha1.AnalysisRun, v1alpha1.Metric, int) error { return nil }

func (o *outcomes) GetMetadata(v1alpha1.Metric) map[string]string { return nil }
