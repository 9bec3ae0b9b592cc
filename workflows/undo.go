package workflows

import "go.temporal.io/sdk/workflow"

// undo is a stack of compensations. Push one before the step it reverses: a
// step that timed out may still have taken effect.
type undo struct{ steps []compensation }

type compensation struct {
	name string
	run  func(workflow.Context)
}

// push registers a compensation under a name, once.
func (u *undo) push(name string, run func(workflow.Context)) {
	for _, s := range u.steps {
		if s.name == name {
			return
		}
	}
	u.steps = append(u.steps, compensation{name, run})
}

// run reverses every step, newest first. Each insists until it is done, so
// there is no error to return.
func (u *undo) run(ctx workflow.Context) {
	for len(u.steps) > 0 {
		last := u.steps[len(u.steps)-1]
		last.run(ctx)
		u.steps = u.steps[:len(u.steps)-1]
	}
}
