// Package kubernetes is what `npm run soak -- controllers` takes Kubernetes' controllers from. The
// files of `inside` are built into the controllers' own packages.
package kubernetes

import (
	_ "k8s.io/kubernetes/pkg/controller/deployment"
	_ "k8s.io/kubernetes/pkg/controller/podautoscaler"
)
