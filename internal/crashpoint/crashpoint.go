// Package crashpoint marks the moments at which the crash tests kill a
// process: before a call to a provider, after it was sent, after the answer,
// after the record. The marks exist only in binaries that were built with the
// tag crashpoints; elsewhere Here is empty and the compiler leaves it out.
package crashpoint
