package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
)

// operation is one line of a history. A write whose outcome is unknown has no return.
type operation struct {
	Client  int     `json:"client"`
	Op      string  `json:"op"`
	Key     string  `json:"key"`
	Value   *string `json:"value"`   // what a put or a cas writes
	Expect  *string `json:"expect"`  // what a cas replaces; null: nothing, the key is absent
	Found   *string `json:"found"`   // what a get saw, or a cas that did not swap; null: the key was absent
	Swapped *bool   `json:"swapped"` // whether a cas wrote
	Call    int64   `json:"call"`
	Return  *int64  `json:"return"`

	maybe bool
}

type history struct {
	operations, maybe int
	keys              []string // in order of appearance
	of                map[string][]*operation
}

// read reads all files as one history.
func read(files []string) (history, error) {
	all := history{of: map[string][]*operation{}}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return all, err
		}
		lines := bufio.NewScanner(bytes.NewReader(data))
		lines.Buffer(nil, len(data)+1)
		for number := 1; lines.Scan(); number++ {
			op, err := parse(lines.Bytes())
			if err == nil {
				err = all.add(op)
			}
			if err != nil {
				return all, fmt.Errorf("%s:%d: %w", file, number, err)
			}
		}
		if lines.Err() != nil {
			return all, lines.Err()
		}
	}
	if all.operations == 0 { // A recorder that recorded nothing must not pass.
		return all, errors.New("the history is empty")
	}
	return all, nil
}

// parse is strict: a field that is missing by mistake would read as null, and null has a meaning.
func parse(line []byte) (*operation, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil {
		return nil, err
	}
	var op operation
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&op); err != nil {
		return nil, err
	}
	for _, name := range op.needs() {
		if _, given := fields[name]; !given {
			return nil, fmt.Errorf("%q has no field %q", op.Op, name)
		}
	}
	op.maybe = op.Return == nil
	switch {
	case !slices.Contains([]string{"put", "get", "cas"}, op.Op):
		return nil, fmt.Errorf("there is no operation %q", op.Op)
	case op.Op != "get" && op.Value == nil:
		return nil, errors.New("a write needs a value")
	case op.Op == "get" && op.maybe:
		return nil, errors.New("a read that failed says nothing and does not belong here")
	case op.Op == "cas" && op.maybe == (op.Swapped != nil):
		return nil, errors.New("a cas says whether it swapped exactly when it returned")
	case !op.maybe && *op.Return < op.Call:
		return nil, errors.New("it returned before it was called")
	}
	return &op, nil
}

func (op *operation) needs() []string {
	names := []string{"client", "op", "key", "call", "return"}
	if op.Op == "cas" {
		names = append(names, "expect")
	}
	if op.Op == "get" || op.failed() {
		names = append(names, "found")
	}
	return names
}

// failed: a cas that returned, and had not swapped.
func (op *operation) failed() bool {
	return op.Swapped != nil && !*op.Swapped
}

// add refuses a value that is written twice: settle tells by a value which write it came from.
func (all *history) add(op *operation) error {
	others := all.of[op.Key]
	if op.Value != nil && slices.ContainsFunc(others, func(other *operation) bool {
		return other.Value != nil && *other.Value == *op.Value
	}) {
		return fmt.Errorf("%q is written to %q twice", *op.Value, op.Key)
	}
	if others == nil {
		all.keys = append(all.keys, op.Key)
	}
	all.of[op.Key] = append(others, op)
	all.operations++
	if op.maybe {
		all.maybe++
	}
	return nil
}
