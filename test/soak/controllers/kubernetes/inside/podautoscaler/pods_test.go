// Observations as lines of JSON have them, and their pods as the controller sees them.
package podautoscaler

import (
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

type quantities map[v1.ResourceName]resource.Quantity

type container struct {
	Name          string `json:"name"`
	RestartPolicy string `json:"restartPolicy"`
	Resources     struct {
		Requests quantities `json:"requests"`
	} `json:"resources"`
}

type pod struct {
	Name                string   `json:"name"`
	Phase               string   `json:"phase"`
	DeletionTimestampMs *float64 `json:"deletionTimestampMs"`
	StartTimeMs         *float64 `json:"startTimeMs"`
	Conditions          []struct {
		Type                 string  `json:"type"`
		Status               string  `json:"status"`
		LastTransitionTimeMs float64 `json:"lastTransitionTimeMs"`
	} `json:"conditions"`
	Containers     []container `json:"containers"`
	InitContainers []container `json:"initContainers"`
	Resources      *struct {
		Requests quantities `json:"requests"`
	} `json:"resources"`
	Metrics *struct {
		TimestampMs *float64 `json:"timestampMs"`
		WindowMs    *float64 `json:"windowMs"`
		Containers  []struct {
			Name  string     `json:"name"`
			Usage quantities `json:"usage"`
		} `json:"containers"`
	} `json:"metrics"`
	CustomMetrics map[string]resource.Quantity `json:"customMetrics"`
}

type observation struct {
	NowMs          float64 `json:"nowMs"`
	SpecReplicas   int32   `json:"specReplicas"`
	StatusReplicas int32   `json:"statusReplicas"`
	Pods           []pod   `json:"pods"`
	ObjectMetrics  []struct {
		Metric struct {
			Name string `json:"name"`
		} `json:"metric"`
		Value *resource.Quantity `json:"value"`
		Error string             `json:"error"`
	} `json:"objectMetrics"`
	ExternalMetrics []struct {
		Metric struct {
			Name string `json:"name"`
		} `json:"metric"`
		Values []resource.Quantity `json:"values"`
		Error  string              `json:"error"`
	} `json:"externalMetrics"`
}

func (w *world) pod(p *pod) *v1.Pod {
	made := &v1.Pod{
		ObjectMeta: nameOf(p.Name),
		Status:     v1.PodStatus{Phase: v1.PodPhase(p.Phase)},
	}
	if p.DeletionTimestampMs != nil {
		made.DeletionTimestamp = &metav1.Time{Time: w.at(*p.DeletionTimestampMs)}
	}
	if p.StartTimeMs != nil {
		made.Status.StartTime = &metav1.Time{Time: w.at(*p.StartTimeMs)}
	}
	for _, one := range p.Conditions {
		made.Status.Conditions = append(made.Status.Conditions, v1.PodCondition{
			Type:               v1.PodConditionType(one.Type),
			Status:             v1.ConditionStatus(one.Status),
			LastTransitionTime: metav1.Time{Time: w.at(one.LastTransitionTimeMs)},
		})
	}
	made.Spec.Containers = containersOf(p.Containers)
	made.Spec.InitContainers = containersOf(p.InitContainers)
	if p.Resources != nil {
		made.Spec.Resources = &v1.ResourceRequirements{Requests: v1.ResourceList(p.Resources.Requests)}
	}
	return made
}

func nameOf(name string) metav1.ObjectMeta {
	labels := map[string]string{"app": "played"}
	return metav1.ObjectMeta{Name: name, Namespace: namespace, Labels: labels}
}

func containersOf(containers []container) []v1.Container {
	made := []v1.Container{}
	for _, one := range containers {
		requests := v1.ResourceRequirements{Requests: v1.ResourceList(one.Resources.Requests)}
		add := v1.Container{Name: one.Name, Resources: requests}
		if one.RestartPolicy != "" {
			policy := v1.ContainerRestartPolicy(one.RestartPolicy)
			add.RestartPolicy = &policy
		}
		made = append(made, add)
	}
	return made
}
