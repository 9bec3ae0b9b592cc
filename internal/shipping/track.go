package shipping

import (
	"slices"
	"time"
)

// scanTriggers says which trigger a scan of each state is.
var scanTriggers = map[State]Trigger{
	InTransit: ScannedOnItsWay, OutForDelivery: ScannedAtDoor, DeliveryFailed: ScannedFailed, Exception: ScannedException,
	Delivered: ScannedDelivered, ReturningToSender: ScannedReturning, ReturnedToSender: ScannedReturned,
	Lost: ScannedLost, Damaged: ScannedDamaged,
}

// futureSlack is how far ahead of our clock a carrier's may be.
const futureSlack = 2 * time.Minute

// Follow returns the state that a parcel in s has come to by its carrier's
// scans. The scans may be in any order, doubled or from a clock that is ahead:
// they are taken by time, none leads backwards, and one from the future waits
// for its time. A parcel that has not left the house is moved by none: see
// LeftUnseen.
func Follow(s State, scans []Scan, now time.Time) State {
	for _, scan := range inTime(scans, now) {
		trigger, tells := scanTriggers[scan.State]
		if !tells {
			continue
		}
		if next, err := Machine.Next(s, trigger); err == nil {
			s = next
		}
	}
	return s
}

// LeftUnseen reports whether the carrier has scanned a parcel that we have not
// handed over as far as we know.
func LeftUnseen(s State, scans []Scan, now time.Time) bool {
	if s != Ready && !s.Unpaid() {
		return false
	}
	return len(inTime(scans, now)) > 0
}

// inTime returns the scans that say something of the parcel's way and are not
// from the future, oldest first.
func inTime(scans []Scan, now time.Time) []Scan {
	told := slices.DeleteFunc(slices.Clone(scans), func(s Scan) bool {
		return s.State == "" || s.At.After(now.Add(futureSlack))
	})
	slices.SortStableFunc(told, func(a, b Scan) int { return a.At.Compare(b.At) })
	return told
}

// Newest returns the time of the newest scan that is not from the future, zero
// when there is none: a parcel of which nothing was heard for long has stalled.
func Newest(scans []Scan, now time.Time) time.Time {
	told := inTime(scans, now)
	if len(told) == 0 {
		return time.Time{}
	}
	return told[len(told)-1].At
}
