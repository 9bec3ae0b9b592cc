// Package sim holds what the simulators of all providers share: a clock that
// can be scaled and moved on, rules that inject faults into calls and webhooks,
// a courier that delivers webhooks and tries again, a journal of every call,
// and the control API by which a person, a test or an auditor reaches all of it.
//
// A simulator imports nothing of the product: what it knows comes from the
// provider's own pages, so that a misunderstanding in the product cannot be
// repeated in what the product is tested against.
package sim
