package scaling

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	kedav1alpha1 "github.com/kedacore/keda/v2/apis/keda/v1alpha1"
)

// jobRun is a ScaledJob and the jobs that it finds, pass by pass.
type jobRun struct {
	Spec     kedav1alpha1.ScaledJobSpec `json:"spec"`
	Triggers []trigger                  `json:"triggers"`
	Passes   []struct {
		NowMs    int64     `json:"nowMs"`
		Readings []reading `json:"readings"`
		Jobs     []struct {
			Finished bool `json:"finished"`
			Pods     []struct {
				Phase      corev1.PodPhase `json:"phase"`
				Conditions []string        `json:"conditions"`
			} `json:"pods"`
		} `json:"jobs"`
	} `json:"passes"`
}

func (run *jobRun) play() []string {
	w := newWorld()
	scaledJob := &kedav1alpha1.ScaledJob{
		TypeMeta:   metav1.TypeMeta{Kind: "ScaledJob"},
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace},
		Spec:       run.Spec,
	}
	scaledJob.Spec.JobTargetRef = &batchv1.JobSpec{}
	w.scaledJob = scaledJob.DeepCopy()
	loop := handler(w, nil, run.Triggers)
	origin := time.Now()
	decisions := []string{}
	for _, pass := range run.Passes {
		time.Sleep(time.Until(origin.Add(time.Duration(pass.NowMs) * time.Millisecond)))
		say(run.Triggers, pass.Readings)
		w.jobs, w.pods, w.created = nil, map[string][]corev1.Pod{}, 0
		for i, job := range pass.Jobs {
			made := batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("job-", i), Namespace: namespace}}
			if job.Finished {
				done := batchv1.JobCondition{Type: batchv1.JobComplete, Status: corev1.ConditionTrue}
				made.Status.Conditions = []batchv1.JobCondition{done}
			}
			w.jobs = append(w.jobs, made)
			for _, one := range job.Pods {
				pod := corev1.Pod{Status: corev1.PodStatus{Phase: one.Phase}}
				for _, condition := range one.Conditions {
					met := corev1.PodCondition{Type: corev1.PodConditionType(condition), Status: corev1.ConditionTrue}
					pod.Status.Conditions = append(pod.Status.Conditions, met)
				}
				w.pods[made.Name] = append(w.pods[made.Name], pod)
			}
		}
		loop.checkScalers(context.Background(), scaledJob, &sync.Mutex{})
		lastActive := "never"
		if at := w.scaledJob.Status.LastActiveTime; at != nil {
			lastActive = fmt.Sprint(at.Sub(origin).Milliseconds())
		}
		words := append([]string{fmt.Sprint(w.created), lastActive}, told(w.scaledJob.Status.Conditions, "Ready", "Active")...)
		decisions = append(decisions, strings.Join(words, " "))
	}
	return decisions
}
