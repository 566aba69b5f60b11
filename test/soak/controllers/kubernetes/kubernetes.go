// Package kubernetes is what `npm run soak -- controllers` takes the HorizontalPodAutoscaler's
// controller from. The file of `inside` is built into the controller's own package.
package kubernetes

import _ "k8s.io/kubernetes/pkg/controller/podautoscaler"
