package scaling

import (
	"context"
	"encoding/json"
	"fmt"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	kedav1alpha1 "github.com/kedacore/keda/v2/apis/keda/v1alpha1"
)

// world is the part of a cluster that KEDA asks and tells.
type world struct {
	client.Client
	scheme       *runtime.Scheme
	scaledJob    *kedav1alpha1.ScaledJob
	scaledObject *kedav1alpha1.ScaledObject
	jobs         []batchv1.Job
	created      int
	// pods by the name of their job or Deployment.
	pods      map[string][]corev1.Pod
	replicas  int32
	hpaScales bool
}

var scheme = func() *runtime.Scheme {
	made := runtime.NewScheme()
	if err := kedav1alpha1.AddToScheme(made); err != nil {
		panic(err)
	}
	return made
}()

func newWorld() *world {
	return &world{scheme: scheme, pods: map[string][]corev1.Pod{}}
}

func (w *world) Get(_ context.Context, _ client.ObjectKey, object client.Object, _ ...client.GetOption) error {
	switch found := object.(type) {
	case *kedav1alpha1.ScaledJob:
		w.scaledJob.DeepCopyInto(found)
	case *kedav1alpha1.ScaledObject:
		w.scaledObject.DeepCopyInto(found)
	case *appsv1.Deployment:
		replicas := w.replicas
		*found = appsv1.Deployment{Spec: appsv1.DeploymentSpec{Replicas: &replicas}}
	case *autoscalingv2.HorizontalPodAutoscaler:
		*found = w.hpa()
	default:
		return fmt.Errorf("nobody has a %T", object)
	}
	return nil
}

func (w *world) List(_ context.Context, list client.ObjectList, options ...client.ListOption) error {
	switch found := list.(type) {
	case *batchv1.JobList:
		found.Items = w.jobs
	case *corev1.PodList:
		asked := (&client.ListOptions{}).ApplyOptions(options)
		owner := name
		if job, isOfJob := asked.LabelSelector.RequiresExactMatch("job-name"); isOfJob {
			owner = job
		}
		found.Items = w.pods[owner]
	default:
		return fmt.Errorf("nobody has a %T", list)
	}
	return nil
}

func (w *world) Create(_ context.Context, object client.Object, _ ...client.CreateOption) error {
	if _, isJob := object.(*batchv1.Job); !isJob {
		return fmt.Errorf("nobody takes a %T", object)
	}
	w.created++
	return nil
}

// Delete is of old jobs; the next pass has its own.
func (w *world) Delete(context.Context, client.Object, ...client.DeleteOption) error { return nil }

func (w *world) Status() client.SubResourceWriter { return &statusWriter{world: w} }

type statusWriter struct {
	client.SubResourceWriter
	world *world
}

// Patch changes what the patch has, as a cluster does: who asks has an old copy of the rest.
func (s *statusWriter) Patch(_ context.Context, object client.Object, patch client.Patch, _ ...client.SubResourcePatchOption) error {
	changes, err := patch.Data(object)
	if err != nil {
		return err
	}
	switch object.(type) {
	case *kedav1alpha1.ScaledJob:
		s.world.scaledJob, err = patched(s.world.scaledJob, changes)
	case *kedav1alpha1.ScaledObject:
		s.world.scaledObject, err = patched(s.world.scaledObject, changes)
	default:
		return fmt.Errorf("nobody takes a %T", object)
	}
	return err
}

func patched[Object any](before *Object, changes []byte) (*Object, error) {
	text, err := json.Marshal(before)
	if err != nil {
		return nil, err
	}
	if text, err = jsonpatch.MergePatch(text, changes); err != nil {
		return nil, err
	}
	after := new(Object)
	return after, json.Unmarshal(text, after)
}
