// What every controller's test has: lines of JSON in, lines of JSON out. It becomes a part of the
// controller's package; `go-controller.ts` puts the name in.
package controllers

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"
)

// answerLines reads questions, one a line, and writes what is decided about each.
func answerLines[Question any](t *testing.T, decide func(*Question) ([]string, error)) {
	input, err := os.Open(os.Getenv("CONTROLLER_INPUT"))
	if err != nil {
		t.Fatal(err)
	}
	defer input.Close()
	output, err := os.Create(os.Getenv("CONTROLLER_OUTPUT"))
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	lines := bufio.NewScanner(input)
	lines.Buffer(nil, 1<<26)
	encoder := json.NewEncoder(output)
	for lines.Scan() {
		var question Question
		if err := json.Unmarshal(lines.Bytes(), &question); err != nil {
			t.Fatal(err)
		}
		decisions, err := decide(&question)
		if err != nil {
			t.Fatal(err)
		}
		if err := encoder.Encode(decisions); err != nil {
			t.Fatal(err)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}
