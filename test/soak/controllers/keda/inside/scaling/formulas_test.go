package scaling

import (
	"fmt"
	"math"

	"github.com/go-logr/logr"
	"k8s.io/metrics/pkg/apis/external_metrics"

	kedav1alpha1 "github.com/kedacore/keda/v2/apis/keda/v1alpha1"
	"github.com/kedacore/keda/v2/pkg/scalers"
	"github.com/kedacore/keda/v2/pkg/scaling/cache"
	"github.com/kedacore/keda/v2/pkg/scaling/modifiers"
)

// formulaRun is a formula of some triggers, and values of theirs; none: the trigger has failed too
// often, which is nil to the formula.
type formulaRun struct {
	Formula string       `json:"formula"`
	Names   []string     `json:"names"`
	Values  [][]*float64 `json:"values"`
}

const refused = "refused"

func (run *formulaRun) values() []string {
	scaledObject := &kedav1alpha1.ScaledObject{Spec: kedav1alpha1.ScaledObjectSpec{
		Advanced: &kedav1alpha1.AdvancedConfig{
			ScalingModifiers: kedav1alpha1.ScalingModifiers{Formula: run.Formula, Target: "1"},
		},
		Fallback: &kedav1alpha1.Fallback{Replicas: 77, Behavior: kedav1alpha1.FallbackBehaviorScalingModifiers},
	}}
	for _, name := range run.Names {
		scaledObject.Spec.Triggers = append(scaledObject.Spec.Triggers, kedav1alpha1.ScaleTriggers{Type: "prometheus", Name: name})
	}
	program, err := kedav1alpha1.ValidateAndCompileScalingModifiers(scaledObject)
	answers := []string{}
	for _, values := range run.Values {
		if err != nil {
			answers = append(answers, refused)
			continue
		}
		answers = append(answers, valueOf(scaledObject, &cache.ScalersCache{CompiledFormula: program}, run.Names, values))
	}
	return answers
}

func valueOf(scaledObject *kedav1alpha1.ScaledObject, compiled *cache.ScalersCache, names []string, values []*float64) string {
	metrics := []external_metrics.ExternalMetricValue{}
	pairs := map[string]string{}
	scaledObject.Status.Health = map[string]kedav1alpha1.HealthStatus{}
	for i, value := range values {
		metric, failures := "metric-of-"+names[i], int32(0)
		pairs[metric] = names[i]
		if value == nil {
			failures, value = 1, new(float64)
		}
		metrics = append(metrics, scalers.GenerateMetricInMili(metric, *value))
		scaledObject.Status.Health[metric] = kedav1alpha1.HealthStatus{NumberOfFailures: &failures}
	}
	made := modifiers.HandleScalingModifiers(scaledObject, metrics, pairs, false, nil, compiled, logr.Discard())
	if len(made) == 0 {
		return "none"
	}
	switch milli := made[0].Value.MilliValue(); {
	case milli == math.MinInt64:
		// What is no number, or too large.
		return "none"
	case max(milli, -milli) >= 1<<53-1:
		return "large"
	default:
		return fmt.Sprint(milli)
	}
}
