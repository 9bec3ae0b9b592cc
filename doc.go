// Package bedesten is a commerce platform in which every order is one durable
// Temporal workflow. The root holds only the tests that bind the whole tree:
// who may import whom.
package bedesten
