// What KEDA's scale loop decides, pass by pass, on the clock of a bubble.
package scaling

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/client-go/scale"
	"k8s.io/client-go/tools/events"
	"k8s.io/metrics/pkg/apis/external_metrics"
	logf "sigs.k8s.io/controller-runtime/pkg/log"

	kedav1alpha1 "github.com/kedacore/keda/v2/apis/keda/v1alpha1"
	"github.com/kedacore/keda/v2/pkg/scalers"
	"github.com/kedacore/keda/v2/pkg/scalers/scalersconfig"
	"github.com/kedacore/keda/v2/pkg/scaling/cache"
	"github.com/kedacore/keda/v2/pkg/scaling/cache/metricscache"
	"github.com/kedacore/keda/v2/pkg/scaling/executor"
)

const namespace, name = "default", "played"

// question is one of its kinds.
type question struct {
	Job     *jobRun     `json:"job"`
	Object  *objectRun  `json:"object"`
	Formula *formulaRun `json:"formula"`
}

// TestDecisions tells the decisions of each run.
func TestDecisions(t *testing.T) {
	logf.SetLogger(logr.Discard())
	answerLines(t, func(asked *question) ([]string, error) {
		if asked.Formula != nil {
			return asked.Formula.values(), nil
		}
		var decisions []string
		synctest.Test(t, func(*testing.T) {
			if asked.Job != nil {
				decisions = asked.Job.play()
			} else {
				decisions = asked.Object.play()
			}
		})
		return decisions, nil
	})
}

// reading is what a trigger says; without a value it fails.
type reading struct {
	Value  *float64 `json:"value"`
	Active *bool    `json:"active"`
}

// trigger is one that is told what to say.
type trigger struct {
	Name       string                         `json:"name"`
	IsResource bool                           `json:"isResource"`
	MetricType autoscalingv2.MetricTargetType `json:"metricType"`
	Target     float64                        `json:"target"`
	Activation float64                        `json:"activation"`
	now        *reading
}

var errAway = errors.New("away")

func (t *trigger) GetMetricsAndActivity(_ context.Context, metric string) ([]external_metrics.ExternalMetricValue, bool, error) {
	if t.now.Value == nil {
		return nil, false, errAway
	}
	value := *t.now.Value
	active := value > t.Activation
	if t.now.Active != nil {
		active = *t.now.Active
	}
	return []external_metrics.ExternalMetricValue{scalers.GenerateMetricInMili(metric, value)}, active, nil
}

func (t *trigger) GetMetricSpecForScaling(context.Context) []autoscalingv2.MetricSpec {
	if t.IsResource {
		source := &autoscalingv2.ResourceMetricSource{Name: "cpu"}
		return []autoscalingv2.MetricSpec{{Type: autoscalingv2.ResourceMetricSourceType, Resource: source}}
	}
	source := &autoscalingv2.ExternalMetricSource{
		Metric: autoscalingv2.MetricIdentifier{Name: t.metric()},
		Target: scalers.GetMetricTargetMili(t.MetricType, t.Target),
	}
	return []autoscalingv2.MetricSpec{{Type: autoscalingv2.ExternalMetricSourceType, External: source}}
}

func (t *trigger) metric() string { return "metric-of-" + t.Name }

func (t *trigger) Close(context.Context) error { return nil }

// handler looks at these triggers in a world of its own.
func handler(client *world, scales scale.ScalesGetter, triggers []trigger) *scaleHandler {
	recorder := &events.FakeRecorder{}
	playedScalers = func() []cache.ScalerBuilder {
		built := []cache.ScalerBuilder{}
		for i := range triggers {
			config := scalersconfig.ScalerConfig{TriggerName: triggers[i].Name}
			factory := func(context.Context) (scalers.Scaler, *scalersconfig.ScalerConfig, error) {
				return &triggers[i], &config, nil
			}
			built = append(built, cache.ScalerBuilder{Scaler: &triggers[i], ScalerConfig: config, Factory: factory})
		}
		return built
	}
	return &scaleHandler{
		client:                   client,
		scaleClient:              scales,
		scaleLoopContexts:        &sync.Map{},
		scaleExecutor:            executor.NewScaleExecutor(client, scales, client.scheme, time.Second, recorder),
		recorder:                 recorder,
		scalerCaches:             map[string]*cache.ScalersCache{},
		scalerCachesLock:         &sync.RWMutex{},
		scaledObjectsMetricCache: metricscache.NewMetricsCache(),
		rawMetricsSubscriptions:  map[string]*RawMetricSubscriptions{},
		metricToSubscriptions:    map[metricMeta][]*RawMetricSubscriptions{},
		subsLock:                 &sync.RWMutex{},
	}
}

func say(triggers []trigger, readings []reading) {
	for i := range triggers {
		triggers[i].now = &readings[i]
	}
}

// told are the conditions that are asked for, as type=status:reason.
func told(conditions kedav1alpha1.Conditions, types ...string) []string {
	words := []string{}
	for _, one := range conditions {
		if slices.Contains(types, string(one.Type)) {
			words = append(words, string(one.Type)+"="+string(one.Status)+":"+one.Reason)
		}
	}
	slices.Sort(words)
	return words
}

