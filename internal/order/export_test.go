package order

import "maps"

// HandbookReasons and PatienceReasons are the reasons that have a row in each
// table.
var (
	HandbookReasons = maps.Keys(handbook)
	PatienceReasons = maps.Keys(patience)
)
