package search

import (
	"slices"
	"strconv"

	"github.com/bedesten/bedesten/internal/catalog"
)

// value is one value of an attribute that some product has, or that some variant of
// it has by an option of the same key: whether there is such an attribute is asked
// when somebody searches.
type value struct {
	key    string
	kind   catalog.AttributeType
	choice string
	number float64
}

// values numbers values of attributes.
type values struct {
	numbers map[value]int32
	list    []value
	byKey   map[string][]int32
}

func (v *values) number(of value) int32 {
	if i, there := v.numbers[of]; there {
		return i
	}
	if v.numbers == nil {
		v.numbers, v.byKey = map[value]int32{}, map[string][]int32{}
	}
	i := int32(len(v.list))
	v.numbers[of], v.list = i, append(v.list, of)
	v.byKey[of.key] = append(v.byKey[of.key], i)
	return i
}

// all returns the numbers of a product's values of attributes and of options, each
// once: it may have one as both.
func (v *values) all(attributes, varied []catalog.Attribute) []int32 {
	var numbers []int32
	for _, a := range attributes {
		numbers = append(numbers, v.of(a)...)
	}
	for _, a := range varied {
		numbers = append(numbers, v.of(a)...)
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
}

// of returns the numbers of a product's values of an attribute. A text has none: it
// is no filter.
func (v *values) of(a catalog.Attribute) []int32 {
	switch {
	case a.Choices != nil:
		numbers := make([]int32, len(a.Choices))
		for i, key := range a.Choices {
			numbers[i] = v.number(value{key: a.Key, kind: catalog.ChoiceAttribute, choice: key})
		}
		return numbers
	case a.Number != nil:
		return []int32{v.number(value{key: a.Key, kind: catalog.NumberAttribute, number: *a.Number})}
	case a.Boolean != nil:
		return []int32{v.number(value{key: a.Key, kind: catalog.BooleanAttribute, choice: strconv.FormatBool(*a.Boolean)})}
	}
	return nil
}

// chosen returns, for every value, whether a filter lets it pass.
func (v *values) chosen(f catalog.AttributeFilter) []bool {
	passes := make([]bool, len(v.list))
	for _, i := range v.byKey[f.Key] {
		passes[i] = v.list[i].passes(f)
	}
	return passes
}

func (v value) passes(f catalog.AttributeFilter) bool {
	switch v.kind {
	case catalog.ChoiceAttribute:
		for _, choice := range f.Choices {
			if v.choice == choice {
				return true
			}
		}
		return false
	case catalog.NumberAttribute:
		return (f.Min != nil || f.Max != nil) && (f.Min == nil || v.number >= *f.Min) && (f.Max == nil || v.number <= *f.Max)
	case catalog.BooleanAttribute:
		return f.Boolean != nil && v.choice == strconv.FormatBool(*f.Boolean)
	case catalog.TextAttribute:
	}
	return false
}
