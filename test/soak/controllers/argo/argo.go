// Package argo is what `npm run soak -- controllers` takes Argo Rollouts' decisions from. The files
// of `inside` are built into its own packages; one of them takes the place of the file that
// connects to where metrics come from.
package argo

import (
	_ "github.com/argoproj/argo-rollouts/analysis"
	_ "github.com/argoproj/argo-rollouts/utils/replicaset"
)
