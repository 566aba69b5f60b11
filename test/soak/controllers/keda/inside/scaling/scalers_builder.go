// In place of KEDA's own file, which connects to queues and databases.
package scaling

import (
	"context"

	corev1 "k8s.io/api/core/v1"

	kedav1alpha1 "github.com/kedacore/keda/v2/apis/keda/v1alpha1"
	"github.com/kedacore/keda/v2/pkg/scaling/cache"
)

// playedScalers are those of the run that is played.
var playedScalers func() []cache.ScalerBuilder

func (h *scaleHandler) buildScalers(context.Context, *kedav1alpha1.WithTriggers, *corev1.PodTemplateSpec, string, bool) ([]cache.ScalerBuilder, error) {
	return playedScalers(), nil
}
