// In place of Argo Rollouts' own file, which connects to where metrics come from.
package analysis

import (
	"time"

	"github.com/sirupsen/logrus"
	"k8s.io/client-go/kubernetes"

	"github.com/argoproj/argo-rollouts/metric"
	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	clientset "github.com/argoproj/argo-rollouts/pkg/client/clientset/versioned"
	"github.com/argoproj/argo-rollouts/utils/record"
)

// Controller is what an analysis asks and tells.
type Controller struct {
	kubeclientset        kubernetes.Interface
	argoProjClientset    clientset.Interface
	newProvider          func(logrus.Entry, string, v1alpha1.Metric) (metric.Provider, error)
	enqueueAnalysisAfter func(any, time.Duration)
	recorder             record.EventRecorder
}
