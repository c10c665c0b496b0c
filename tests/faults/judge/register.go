package main

import (
	"fmt"

	"github.com/anishathalye/porcupine"
)

// content is what a key holds.
type content struct {
	present bool
	value   string
}

func contentOf(value *string) content {
	if value == nil {
		return content{}
	}
	return content{true, *value}
}

func (c content) String() string {
	if !c.present {
		return "absent"
	}
	return c.value
}

// register is one key, absent at first. After settle, every operation has a known outcome.
var register = porcupine.Model{
	Init: func() any { return content{} },
	Step: func(state, input, _ any) (bool, any) {
		op := input.(*operation)
		switch {
		case op.Op == "put":
			return true, contentOf(op.Value)
		case op.Op == "get":
			return state == contentOf(op.Found), state
		case op.failed():
			return state == contentOf(op.Found) && state != contentOf(op.Expect), state
		default:
			return state == contentOf(op.Expect), contentOf(op.Value)
		}
	},
	DescribeState: func(state any) string { return state.(content).String() },
	DescribeOperation: func(input, _ any) string {
		op := input.(*operation)
		switch {
		case op.Op == "put":
			return "put " + *op.Value
		case op.Op == "get":
			return "get: " + contentOf(op.Found).String()
		case op.failed():
			return fmt.Sprintf("cas %s to %s: no, found %s", contentOf(op.Expect), *op.Value, contentOf(op.Found))
		default:
			return fmt.Sprintf("cas %s to %s", contentOf(op.Expect), *op.Value)
		}
	},
}

// timeline is what Porcupine takes. A client goes on while a write of unknown outcome may still happen, so such a write gets
// a line of its own in the picture.
func timeline(operations []*operation) []porcupine.Operation {
	lines := 0
	for _, op := range operations {
		lines = max(lines, op.Client+1)
	}
	var all []porcupine.Operation
	for _, op := range operations {
		line := op.Client
		if op.maybe {
			line = lines
			lines++
		}
		all = append(all, porcupine.Operation{ClientId: line, Input: op, Call: op.Call, Return: *op.Return})
	}
	return all
}
