// What the real controller decides, sync by sync, on the clock of a bubble.
package podautoscaler

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/client-go/kubernetes/fake"
	corelisters "k8s.io/client-go/listers/core/v1"
	scalefake "k8s.io/client-go/scale/fake"
	core "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	defaults "k8s.io/kubernetes/pkg/apis/autoscaling/v2"
	"k8s.io/kubernetes/pkg/controller/podautoscaler/monitor"
	"k8s.io/kubernetes/pkg/controller/util/selectors"
)

const namespace = "default"

type testRun struct {
	Autoscaler autoscalingv2.HorizontalPodAutoscaler `json:"autoscaler"`
	Controller struct {
		Tolerance                float64 `json:"tolerance"`
		CPUInitializationMs      float64 `json:"cpuInitializationMs"`
		InitialReadinessDelayMs  float64 `json:"initialReadinessDelayMs"`
		DownscaleStabilizationMs float64 `json:"downscaleStabilizationMs"`
		ScaleToZero              bool    `json:"scaleToZero"`
	} `json:"controller"`
	Observations []observation `json:"observations"`
}

// TestDecisions tells the decisions of each run.
func TestDecisions(t *testing.T) {
	answerLines(t, func(run *testRun) ([]string, error) {
		gate := fmt.Sprintf("HPAScaleToZero=%t", run.Controller.ScaleToZero)
		if err := utilfeature.DefaultMutableFeatureGate.Set(gate); err != nil {
			return nil, err
		}
		var decisions []string
		synctest.Test(t, func(t *testing.T) { decisions = run.play() })
		return decisions, nil
	})
}

// world is what the controller asks and tells.
type world struct {
	origin time.Time
	now    *observation
	pods   cache.Indexer
	scale  *autoscalingv1.Scale
	status *autoscalingv2.HorizontalPodAutoscalerStatus
}

func (w *world) at(ms float64) time.Time {
	return w.origin.Add(time.Duration(ms * float64(time.Millisecond)))
}

func milliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

func (run *testRun) play() []string {
	indexers := cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc}
	w := &world{origin: time.Now(), pods: cache.NewIndexer(cache.MetaNamespaceKeyFunc, indexers)}
	controller := w.controller(run)
	autoscaler := run.Autoscaler.DeepCopy()
	autoscaler.Namespace = namespace
	defaults.SetObjectDefaults_HorizontalPodAutoscaler(autoscaler)
	decisions := []string{}
	for i := range run.Observations {
		time.Sleep(time.Until(w.at(run.Observations[i].NowMs)))
		w.observe(&run.Observations[i])
		w.status = nil
		// Its error says again what the conditions say.
		_ = controller.reconcileAutoscaler(context.Background(), autoscaler, "default/played")
		if w.status != nil {
			autoscaler.Status = *w.status
		}
		decisions = append(decisions, told(w.scale.Spec.Replicas, autoscaler.Status.Conditions))
	}
	return decisions
}

func told(desired int32, conditions []autoscalingv2.HorizontalPodAutoscalerCondition) string {
	words := []string{}
	for _, one := range conditions {
		words = append(words, fmt.Sprintf("%s=%s:%s", one.Type, one.Status, one.Reason))
	}
	slices.Sort(words)
	return strings.Join(append([]string{fmt.Sprint(desired)}, words...), " ")
}

func (w *world) controller(run *testRun) *HorizontalController {
	apps := schema.GroupVersion{Group: "apps", Version: "v1"}
	mapper := apimeta.NewDefaultRESTMapper([]schema.GroupVersion{apps})
	mapper.Add(apps.WithKind("Deployment"), apimeta.RESTScopeNamespace)
	settings := run.Controller
	pods := corelisters.NewPodLister(w.pods)
	return &HorizontalController{
		scaleNamespacer:              w.scales(),
		hpaNamespacer:                w.autoscalers().AutoscalingV2(),
		mapper:                       mapper,
		tolerance:                    settings.Tolerance,
		eventRecorder:                &record.FakeRecorder{},
		downscaleStabilisationWindow: milliseconds(settings.DownscaleStabilizationMs),
		monitor:                      monitor.New(),
		podLister:                    pods,
		recommendations:              map[string][]timestampedRecommendation{},
		scaleUpEvents:                map[string][]timestampedScaleEvent{},
		scaleDownEvents:              map[string][]timestampedScaleEvent{},
		hpaSelectors:                 selectors.NewBiMultimap(),
		replicaCalc: NewReplicaCalculator(w.metrics(), pods,
			milliseconds(settings.CPUInitializationMs), milliseconds(settings.InitialReadinessDelayMs)),
	}
}

func (w *world) scales() *scalefake.FakeScaleClient {
	client := &scalefake.FakeScaleClient{}
	client.AddReactor("get", "deployments", func(core.Action) (bool, runtime.Object, error) {
		return true, w.scale.DeepCopy(), nil
	})
	client.AddReactor("update", "deployments", func(action core.Action) (bool, runtime.Object, error) {
		w.scale = action.(core.UpdateAction).GetObject().(*autoscalingv1.Scale).DeepCopy()
		return true, w.scale, nil
	})
	return client
}

func (w *world) autoscalers() *fake.Clientset {
	client := &fake.Clientset{}
	react := func(action core.Action) (bool, runtime.Object, error) {
		object := action.(core.UpdateAction).GetObject().(*autoscalingv2.HorizontalPodAutoscaler)
		w.status = object.Status.DeepCopy()
		return true, object, nil
	}
	client.AddReactor("update", "horizontalpodautoscalers", react)
	return client
}

func (w *world) observe(now *observation) {
	w.now = now
	w.scale = &autoscalingv1.Scale{
		ObjectMeta: metav1.ObjectMeta{Name: "played", Namespace: namespace},
		Spec:       autoscalingv1.ScaleSpec{Replicas: now.SpecReplicas},
		Status:     autoscalingv1.ScaleStatus{Replicas: now.StatusReplicas, Selector: "app=played"},
	}
	objects := []any{}
	for _, one := range now.Pods {
		objects = append(objects, w.pod(&one))
	}
	if err := w.pods.Replace(objects, ""); err != nil {
		panic(err)
	}
}
