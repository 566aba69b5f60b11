// How the controller of Deployments sizes its replica sets, pass by pass.
package deployment

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	apps "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/fake"
	core "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/record"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller"
	"k8s.io/kubernetes/pkg/controller/deployment/util"
)

// The last set is the one of the version that is wanted.
type testRun struct {
	MaxSurge       string  `json:"maxSurge"`
	MaxUnavailable string  `json:"maxUnavailable"`
	ScaledFor      int32   `json:"scaledFor"`
	Desired        []int32 `json:"desired"`
	Passes         []struct {
		Replicas  int32   `json:"replicas"`
		Available []int32 `json:"available"`
	} `json:"passes"`
}

// TestDecisions tells the sizes after each pass of a run.
func TestDecisions(t *testing.T) {
	answerLines(t, (*testRun).play)
}

func (run *testRun) play() ([]string, error) {
	surge, unavailable := intstr.Parse(run.MaxSurge), intstr.Parse(run.MaxUnavailable)
	replicas := run.ScaledFor
	d := &apps.Deployment{Spec: apps.DeploymentSpec{
		Replicas: &replicas,
		Strategy: apps.DeploymentStrategy{
			Type:          apps.RollingUpdateDeploymentStrategyType,
			RollingUpdate: &apps.RollingUpdateDeployment{MaxSurge: &surge, MaxUnavailable: &unavailable},
		},
	}}
	sets := run.sets(d)
	client := &fake.Clientset{}
	client.AddReactor("update", "replicasets", func(action core.Action) (bool, runtime.Object, error) {
		object := action.(core.UpdateAction).GetObject().(*apps.ReplicaSet)
		for i := range sets {
			if sets[i].Name == object.Name {
				sets[i] = object
			}
		}
		return true, object, nil
	})
	dc := &DeploymentController{client: client, eventRecorder: &record.FakeRecorder{}}
	decisions := []string{}
	for _, pass := range run.Passes {
		replicas = pass.Replicas
		d.Status.Replicas = 0
		for i := range sets {
			sets[i] = sets[i].DeepCopy()
			sets[i].Status.AvailableReplicas = pass.Available[i]
			d.Status.Replicas += *sets[i].Spec.Replicas
		}
		if err := once(dc, d, sets); err != nil {
			return nil, err
		}
		sizes := []string{}
		for _, one := range sets {
			sizes = append(sizes, fmt.Sprint(*one.Spec.Replicas))
		}
		decisions = append(decisions, strings.Join(sizes, " "))
	}
	return decisions, nil
}

func (run *testRun) sets(d *apps.Deployment) []*apps.ReplicaSet {
	sets := []*apps.ReplicaSet{}
	for i := range run.Desired {
		made := &apps.ReplicaSet{
			ObjectMeta: metav1.ObjectMeta{
				Name:              fmt.Sprintf("set-%d", i),
				CreationTimestamp: metav1.Time{Time: time.Unix(int64(1000*i), 0)},
			},
			Spec: apps.ReplicaSetSpec{Replicas: &run.Desired[i]},
		}
		most := *d.Spec.Replicas + util.MaxSurge(*d)
		util.SetReplicasAnnotations(made, *d.Spec.Replicas, most)
		sets = append(sets, made)
	}
	return sets
}

// As syncDeployment goes on once it knows the sets.
func once(dc *DeploymentController, d *apps.Deployment, all []*apps.ReplicaSet) error {
	ctx := context.Background()
	old := append([]*apps.ReplicaSet{}, all[:len(all)-1]...)
	latest := all[len(all)-1]
	every := append([]*apps.ReplicaSet{}, all...)
	for _, one := range controller.FilterActiveReplicaSets(every) {
		size, found := util.GetDesiredReplicasAnnotation(klog.FromContext(ctx), one)
		if found && size != *d.Spec.Replicas {
			return dc.scale(ctx, d, latest, old)
		}
	}
	scaled, err := dc.reconcileNewReplicaSet(ctx, every, latest, d)
	if scaled || err != nil {
		return err
	}
	_, err = dc.reconcileOldReplicaSets(ctx, every, controller.FilterActiveReplicaSets(old), latest, d)
	return err
}
