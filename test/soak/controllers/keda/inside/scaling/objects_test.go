package scaling

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	scalefake "k8s.io/client-go/scale/fake"
	core "k8s.io/client-go/testing"

	kedav1alpha1 "github.com/kedacore/keda/v2/apis/keda/v1alpha1"
)

// objectRun is a ScaledObject and what it finds, pass by pass.
type objectRun struct {
	Annotations map[string]string             `json:"annotations"`
	Spec        kedav1alpha1.ScaledObjectSpec `json:"spec"`
	Triggers    []trigger                     `json:"triggers"`
	Passes      []struct {
		NowMs      int64     `json:"nowMs"`
		Replicas   int32     `json:"currentReplicas"`
		Ready      int       `json:"readyReplicas"`
		HpaScales  bool      `json:"hpaScales"`
		HpaIsFirst bool      `json:"hpaIsFirst"`
		Readings   []reading `json:"readings"`
	} `json:"passes"`
}

func (run *objectRun) play() []string {
	w := newWorld()
	scaledObject := &kedav1alpha1.ScaledObject{
		TypeMeta: metav1.TypeMeta{Kind: "ScaledObject"},
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: namespace, Annotations: run.Annotations, CreationTimestamp: metav1.Now(),
		},
		Spec: run.Spec,
	}
	scaledObject.Spec.ScaleTargetRef = &kedav1alpha1.ScaleTarget{Name: name}
	scaledObject.Status.ScaleTargetGVKR = &kedav1alpha1.GroupVersionKindResource{
		Group: "apps", Version: "v1", Kind: "Deployment", Resource: "deployments",
	}
	scaledObject.Status.HpaName = "hpa"
	for i := range run.Triggers {
		if !run.Triggers[i].IsResource {
			scaledObject.Status.ExternalMetricNames = append(scaledObject.Status.ExternalMetricNames, run.Triggers[i].metric())
		}
	}
	w.scaledObject = scaledObject.DeepCopy()
	loop := handler(w, w.scales(), run.Triggers)
	origin := time.Now()
	decisions := []string{}
	for _, pass := range run.Passes {
		time.Sleep(time.Until(origin.Add(time.Duration(pass.NowMs) * time.Millisecond)))
		say(run.Triggers, pass.Readings)
		// Else its condition Fallback depends on how old the copies of its status are.
		for _, one := range loop.scalerCaches {
			w.scaledObject.DeepCopyInto(one.ScaledObject)
		}
		w.replicas, w.hpaScales, w.pods[name] = pass.Replicas, pass.HpaScales, nil
		for range pass.Ready {
			ready := corev1.PodCondition{Type: corev1.PodReady, Status: corev1.ConditionTrue}
			w.pods[name] = append(w.pods[name], corev1.Pod{Status: corev1.PodStatus{
				Phase: corev1.PodRunning, Conditions: []corev1.PodCondition{ready},
			}})
		}
		metrics := []string{}
		if pass.HpaIsFirst {
			metrics = run.metrics(loop, pass.Replicas)
		}
		loop.checkScalers(context.Background(), scaledObject, &sync.Mutex{})
		desired, status := w.replicas, w.scaledObject.Status.DeepCopy()
		w.replicas = pass.Replicas
		if !pass.HpaIsFirst {
			metrics = run.metrics(loop, pass.Replicas)
		}
		lastActive := "never"
		if at := status.LastActiveTime; at != nil {
			lastActive = fmt.Sprint(at.Sub(origin).Milliseconds())
		}
		words := append([]string{fmt.Sprint(desired), lastActive}, told(status.Conditions, "Ready", "Active")...)
		words = append(words, told(w.scaledObject.Status.Conditions, "Fallback")...)
		decisions = append(decisions, strings.Join(append(words, metrics...), " "))
	}
	return decisions
}

// metrics is what the HPA is told of each, where it asks.
func (run *objectRun) metrics(loop *scaleHandler, replicas int32) []string {
	if replicas == 0 {
		return nil
	}
	names := []string{}
	for i := range run.Triggers {
		if !run.Triggers[i].IsResource {
			names = append(names, run.Triggers[i].metric())
		}
	}
	if run.Spec.Advanced != nil {
		names = []string{kedav1alpha1.CompositeMetricName}
	}
	values := []string{}
	for _, metric := range names {
		list, err := loop.GetScaledObjectMetrics(context.Background(), name, namespace, metric)
		if err != nil || len(list.Items) == 0 {
			values = append(values, "none")
			continue
		}
		values = append(values, fmt.Sprint(list.Items[0].Value.MilliValue()))
	}
	return values
}

func (w *world) scales() *scalefake.FakeScaleClient {
	client := &scalefake.FakeScaleClient{}
	client.AddReactor("get", "deployments", func(core.Action) (bool, runtime.Object, error) {
		return true, &autoscalingv1.Scale{
			Spec:   autoscalingv1.ScaleSpec{Replicas: w.replicas},
			Status: autoscalingv1.ScaleStatus{Selector: "app=" + name},
		}, nil
	})
	client.AddReactor("update", "deployments", func(action core.Action) (bool, runtime.Object, error) {
		scale := action.(core.UpdateAction).GetObject().(*autoscalingv1.Scale)
		w.replicas = scale.Spec.Replicas
		return true, scale, nil
	})
	return client
}

func (w *world) hpa() autoscalingv2.HorizontalPodAutoscaler {
	condition := autoscalingv2.HorizontalPodAutoscalerCondition{Type: autoscalingv2.ScalingActive, Status: corev1.ConditionFalse}
	if w.hpaScales {
		condition.Status = corev1.ConditionTrue
	}
	return autoscalingv2.HorizontalPodAutoscaler{Status: autoscalingv2.HorizontalPodAutoscalerStatus{
		Conditions: []autoscalingv2.HorizontalPodAutoscalerCondition{condition},
	}}
}
