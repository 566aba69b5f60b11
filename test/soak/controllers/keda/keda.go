// Package keda is what `npm run soak -- controllers` takes KEDA's scale loop from. The files of
// `inside` are built into its own package; one of them takes the place of the file that connects
// to what is looked at.
package keda

import (
	_ "github.com/kedacore/keda/v2/pkg/scaling"
	_ "k8s.io/client-go/scale/fake"
)
