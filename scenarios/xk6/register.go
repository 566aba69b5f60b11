// Package plimsoll is an output of k6 that writes what a comparison needs and nothing else: one
// mergeable histogram a journey, outcome and second instead of nine lines a request.
//
//	k6 run --out plimsoll=results.ndjson dist/scenarios/unacademy-feed.js
package plimsoll

import "go.k6.io/k6/v2/output"

func init() {
	output.RegisterExtension("plimsoll", func(params output.Params) (output.Output, error) {
		return newOutput(params)
	})
}
