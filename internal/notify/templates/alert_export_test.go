package templates

import (
	"maps"
	"slices"
)

// AlertTexts are the names of all texts of a language's alerts.
func AlertTexts(language string) []string { return slices.Sorted(maps.Keys(alertWords[language])) }
