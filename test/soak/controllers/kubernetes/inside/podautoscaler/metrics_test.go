// The metrics APIs that the controller asks.
package podautoscaler

import (
	"errors"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	core "k8s.io/client-go/testing"
	metricsclient "k8s.io/kubernetes/pkg/controller/podautoscaler/metrics"
	cmapi "k8s.io/metrics/pkg/apis/custom_metrics/v1beta2"
	emapi "k8s.io/metrics/pkg/apis/external_metrics/v1beta1"
	metricsapi "k8s.io/metrics/pkg/apis/metrics/v1beta1"
	metricsfake "k8s.io/metrics/pkg/client/clientset/versioned/fake"
	cmfake "k8s.io/metrics/pkg/client/custom_metrics/fake"
	emfake "k8s.io/metrics/pkg/client/external_metrics/fake"
)

func (w *world) metrics() metricsclient.MetricsClient {
	resources := &metricsfake.Clientset{}
	resources.AddReactor("list", "pods", func(core.Action) (bool, runtime.Object, error) {
		return true, w.podMetrics(), nil
	})
	custom := &cmfake.FakeCustomMetricsClient{}
	custom.AddReactor("get", "*", func(action core.Action) (bool, runtime.Object, error) {
		get := action.(cmfake.GetForAction)
		if get.GetName() == "*" {
			return true, w.customMetrics(get.GetMetricName()), nil
		}
		list, err := w.objectMetric(get.GetMetricName())
		return true, list, err
	})
	external := &emfake.FakeExternalMetricsClient{}
	external.AddReactor("list", "*", func(action core.Action) (bool, runtime.Object, error) {
		list, err := w.externalMetric(action.GetResource().Resource)
		return true, list, err
	})
	return metricsclient.NewRESTMetricsClient(resources.MetricsV1beta1(), custom, external)
}

func (w *world) podMetrics() *metricsapi.PodMetricsList {
	list := &metricsapi.PodMetricsList{}
	for _, p := range w.now.Pods {
		if p.Metrics == nil {
			continue
		}
		one := metricsapi.PodMetrics{
			ObjectMeta: nameOf(p.Name),
			Timestamp:  metav1.Time{Time: time.Now()},
			Window:     metav1.Duration{Duration: time.Minute},
		}
		if p.Metrics.TimestampMs != nil {
			one.Timestamp = metav1.Time{Time: w.at(*p.Metrics.TimestampMs)}
		}
		if p.Metrics.WindowMs != nil {
			one.Window = metav1.Duration{Duration: milliseconds(*p.Metrics.WindowMs)}
		}
		for _, c := range p.Metrics.Containers {
			usage := metricsapi.ContainerMetrics{Name: c.Name, Usage: v1.ResourceList(c.Usage)}
			one.Containers = append(one.Containers, usage)
		}
		list.Items = append(list.Items, one)
	}
	return list
}

func (w *world) customMetrics(name string) *cmapi.MetricValueList {
	list := &cmapi.MetricValueList{}
	for _, p := range w.now.Pods {
		value, found := p.CustomMetrics[name]
		if !found {
			continue
		}
		list.Items = append(list.Items, cmapi.MetricValue{
			DescribedObject: v1.ObjectReference{Kind: "Pod", Name: p.Name, Namespace: namespace},
			Timestamp:       metav1.Time{Time: time.Now()},
			Metric:          cmapi.MetricIdentifier{Name: name},
			Value:           value,
		})
	}
	return list
}

func (w *world) objectMetric(name string) (runtime.Object, error) {
	for _, one := range w.now.ObjectMetrics {
		if one.Metric.Name != name {
			continue
		}
		if one.Error != "" {
			return nil, errors.New(one.Error)
		}
		return &cmapi.MetricValueList{Items: []cmapi.MetricValue{{
			DescribedObject: v1.ObjectReference{Kind: "Service", Name: "played"},
			Timestamp:       metav1.Time{Time: time.Now()},
			Metric:          cmapi.MetricIdentifier{Name: name},
			Value:           *one.Value,
		}}}, nil
	}
	return nil, errors.New("no such metric")
}

func (w *world) externalMetric(name string) (runtime.Object, error) {
	list := &emapi.ExternalMetricValueList{}
	for _, one := range w.now.ExternalMetrics {
		if one.Metric.Name != name {
			continue
		}
		if one.Error != "" {
			return nil, errors.New(one.Error)
		}
		for _, value := range one.Values {
			list.Items = append(list.Items, emapi.ExternalMetricValue{
				MetricName: name,
				Timestamp:  metav1.Time{Time: time.Now()},
				Value:      value,
			})
		}
	}
	return list, nil
}
