// Judge says whether a recorded history of puts, gets and compare-and-swaps is linearizable: whether every operation could
// have taken effect at one instant between its call and its return, on one register a key.
//
//	judge [-timeout 60s] [-visualize FILE] HISTORY...
//
// It prints one JSON object. Status 0: linearizable. 1: not, or not decided in time. 2: the history cannot be read.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/anishathalye/porcupine"
)

type verdict struct {
	Verdict    string `json:"verdict"`
	Operations int    `json:"operations"`
	Keys       int    `json:"keys"`
	Maybe      int    `json:"maybe"`
	Key        string `json:"key,omitempty"`
}

func main() {
	timeout := flag.Duration("timeout", time.Minute, "give up after this time")
	picture := flag.String("visualize", "", "where to draw the history of the first illegal key, as HTML")
	flag.Parse()
	found, err := judge(flag.Args(), time.Now().Add(*timeout), *picture)
	if err != nil {
		fmt.Fprintln(os.Stderr, "judge:", err)
		os.Exit(2)
	}
	json.NewEncoder(os.Stdout).Encode(found)
	if found.Verdict != "ok" {
		os.Exit(1)
	}
}

// judge stops at the first key that is not linearizable: one is enough, and the rest may take long.
func judge(files []string, deadline time.Time, picture string) (verdict, error) {
	history, err := read(files)
	if err != nil {
		return verdict{}, err
	}
	result := verdict{Verdict: "ok", Operations: history.operations, Keys: len(history.keys), Maybe: history.maybe}
	for _, key := range history.keys {
		operations := settle(history.of[key])
		switch check(operations, deadline) {
		case porcupine.Unknown:
			result.Verdict, result.Key = "unknown", key
			return result, nil
		case porcupine.Illegal:
			result.Verdict, result.Key = "illegal", key
			return result, draw(operations, picture)
		}
	}
	return result, nil
}

func check(operations []*operation, deadline time.Time) porcupine.CheckResult {
	left := time.Until(deadline)
	if left <= 0 { // Porcupine would take 0 for "no limit".
		return porcupine.Unknown
	}
	return porcupine.CheckOperationsTimeout(register, timeline(operations), left)
}

// draw checks once more: collecting what a picture needs slows the check down, and most histories need none.
func draw(operations []*operation, file string) error {
	if file == "" {
		return nil
	}
	_, info := porcupine.CheckOperationsVerbose(register, timeline(operations), time.Minute)
	return porcupine.VisualizePath(register, info, file)
}
