// How many pods Argo Rollouts gives to either side.
package replicaset

import (
	"fmt"
	"testing"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

type set struct {
	Desired   int32 `json:"desired"`
	Available int32 `json:"available"`
}

type question struct {
	Replicas       int32  `json:"replicas"`
	Weight         int32  `json:"weight"`
	IsAborted      bool   `json:"isAborted"`
	Canary         *set   `json:"canary"`
	Stable         *set   `json:"stable"`
	OlderDesired   int32  `json:"olderDesired"`
	MaxSurge       string `json:"maxSurge"`
	MaxUnavailable string `json:"maxUnavailable"`
	Routing        *struct {
		MaxTrafficWeight     int32 `json:"maxTrafficWeight"`
		DynamicStableScale   bool  `json:"dynamicStableScale"`
		MinPodsPerReplicaSet int32 `json:"minPodsPerReplicaSet"`
	} `json:"routing"`
	FixedReplicas *int32 `json:"fixedReplicas"`
	ActualWeight  *int32 `json:"actualWeight"`
}

// TestDecisions answers each question.
func TestDecisions(t *testing.T) {
	answerLines(t, func(asked *question) ([]string, error) {
		return []string{asked.answer()}, nil
	})
}

func (q *question) answer() string {
	rollout := q.rollout()
	if q.Routing == nil {
		older := []*appsv1.ReplicaSet{}
		if q.OlderDesired > 0 {
			older = append(older, replicaSet("older", &set{q.OlderDesired, q.OlderDesired}))
		}
		canary, stable := CalculateReplicaCountsForBasicCanary(
			rollout, replicaSet("canary", q.Canary), replicaSet("stable", q.Stable), older)
		return fmt.Sprintf("canary %d, stable %d", canary, stable)
	}
	canary, stable := CalculateReplicaCountsForTrafficRoutedCanary(rollout, q.weights())
	return fmt.Sprintf("canary %d, stable %d", canary, stable)
}

func (q *question) rollout() *v1alpha1.Rollout {
	surge, unavailable := intstr.Parse(q.MaxSurge), intstr.Parse(q.MaxUnavailable)
	last := int32(1)
	canary := &v1alpha1.CanaryStrategy{
		MaxSurge:       &surge,
		MaxUnavailable: &unavailable,
		Steps:          []v1alpha1.CanaryStep{{SetWeight: &q.Weight}, {Pause: &v1alpha1.RolloutPause{}}},
	}
	if q.FixedReplicas != nil {
		scale := &v1alpha1.SetCanaryScale{Replicas: q.FixedReplicas}
		canary.Steps = []v1alpha1.CanaryStep{canary.Steps[0], {SetCanaryScale: scale}, canary.Steps[1]}
		last = 2
	}
	if q.Routing != nil {
		canary.TrafficRouting = &v1alpha1.RolloutTrafficRouting{
			Nginx:            &v1alpha1.NginxTrafficRouting{},
			MaxTrafficWeight: &q.Routing.MaxTrafficWeight,
		}
		canary.DynamicStableScale = q.Routing.DynamicStableScale
		canary.MinPodsPerReplicaSet = &q.Routing.MinPodsPerReplicaSet
	}
	return &v1alpha1.Rollout{
		Spec: v1alpha1.RolloutSpec{
			Replicas: &q.Replicas,
			Strategy: v1alpha1.RolloutStrategy{Canary: canary},
		},
		Status: v1alpha1.RolloutStatus{
			StableRS:         "stable",
			CurrentPodHash:   "canary",
			CurrentStepIndex: &last,
			Abort:            q.IsAborted,
		},
	}
}

func (q *question) weights() *v1alpha1.TrafficWeights {
	if q.ActualWeight == nil {
		return nil
	}
	return &v1alpha1.TrafficWeights{
		Canary: v1alpha1.WeightDestination{Weight: *q.ActualWeight},
		Stable: v1alpha1.WeightDestination{Weight: q.Routing.MaxTrafficWeight - *q.ActualWeight},
	}
}

func replicaSet(name string, seen *set) *appsv1.ReplicaSet {
	if seen == nil {
		return nil
	}
	return &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec:       appsv1.ReplicaSetSpec{Replicas: &seen.Desired},
		Status:     appsv1.ReplicaSetStatus{Replicas: seen.Desired, AvailableReplicas: seen.Available},
	}
}
