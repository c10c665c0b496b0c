package main

import (
	"math"
	"slices"
)

// settle replaces each write of unknown outcome by what the rest of the history says of it. That changes no verdict, and
// spares Porcupine from trying all 2^n ways in which n such writes may or may not have happened.
//
//   - Its value was seen: it took effect, at any time after its call. Values are unique, so it was this write.
//   - Nobody ever saw its value: if it took effect, it was overwritten unseen. Every operation that reads says what it
//     found, so none was between the two, and the history is the same without it. It may also never have happened.
func settle(operations []*operation) []*operation {
	unknown := map[string]*operation{}
	for _, op := range operations {
		if op.maybe {
			unknown[*op.Value] = op
		}
	}
	// A cas that is now known to have swapped has itself seen a value; hence until nothing changes.
	for changed := true; changed; {
		changed = false
		for _, op := range operations {
			if value := op.saw(); value != nil && unknown[*value] != nil {
				unknown[*value].happened()
				delete(unknown, *value)
				changed = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(operations), func(op *operation) bool { return op.Return == nil })
}

// saw returns the value that this operation proves to have been there.
func (op *operation) saw() *string {
	switch {
	case op.Return == nil || op.Op == "put":
		return nil
	case op.Op == "get" || op.failed():
		return op.Found
	default:
		return op.Expect
	}
}

func (op *operation) happened() {
	forever, swapped := int64(math.MaxInt64), true
	op.Return, op.Swapped = &forever, &swapped
}
