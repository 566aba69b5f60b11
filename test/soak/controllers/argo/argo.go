// Package argo is what `npm run soak -- controllers` takes Argo Rollouts' arithmetic from. The file
// of `inside` is built into its own package.
package argo

import _ "github.com/argoproj/argo-rollouts/utils/replicaset"
