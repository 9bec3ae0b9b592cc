package catalog

import (
	"maps"
	"slices"

	"github.com/bedesten/bedesten/internal/fault"
)

// Check returns an Invalid fault that names every flaw of the category.
func (c Category) Check() error {
	var f flaws
	if !keyForm.MatchString(c.ID) {
		f.add("id", saidKey)
	}
	if c.Name.IsZero() {
		f.add("name", "needs a name in Turkish or English")
	}
	for language, slug := range c.Slugs.each() {
		if !IsSlug(slug) {
			f.add("slugs."+language, saidSlug)
		}
	}
	if c.Slugs.IsZero() {
		f.add("slugs", "needs a slug in Turkish or English")
	}
	f.text("name", c.Name, maxShort)
	f.text("description", c.Description, maxLong)
	f.text("seo.title", c.SEO.Title, maxShort)
	f.text("seo.description", c.SEO.Description, maxShort)
	checkDeclarations(c.Attributes, &f)
	return fault.Flawed(f)
}

func checkDeclarations(all []Declaration, f *flaws) {
	if len(all) > maxLinks {
		f.add("attributes", saidTooMany)
	}
	seen := map[string]bool{}
	for i, d := range all {
		field := at("attributes", i)
		if !keyForm.MatchString(d.Key) {
			f.add(field+".key", saidKey)
		}
		if seen[d.Key] {
			f.add(field+".key", saidTwice)
		}
		seen[d.Key] = true
		d.check(field, f)
	}
}

func (d Declaration) check(field string, f *flaws) {
	if d.Name.IsZero() {
		f.add(field+".name", "needs a name in Turkish or English")
	}
	f.text(field+".name", d.Name, maxShort)
	f.text(field+".unit", d.Unit, maxShort)
	if !slices.Contains(AttributeTypes, d.Type) {
		f.add(field+".type", "must be text, number, choice or boolean")
	}
	if d.Type == ChoiceAttribute {
		checkValues(field+".choices", d.Choices, f)
	} else if len(d.Choices) > 0 || d.Multiple {
		f.add(field+".choices", "only an attribute of type choice has choices")
	}
	if !d.Unit.IsZero() && d.Type != NumberAttribute {
		f.add(field+".unit", "only a number has a unit")
	}
	if d.Filterable && d.Type == TextAttribute {
		f.add(field+".filterable", "a text cannot be filtered by: make it a choice")
	}
}

// Keeps returns a Conflict fault where a category would give an attribute another
// type: products have values of the old one.
func (c Category) Keeps(next Category) error {
	for _, d := range c.Attributes {
		for _, n := range next.Attributes {
			if n.Key == d.Key && n.Type != d.Type {
				return fault.New(fault.Conflict, "attribute %s keeps its type %s: declare another key", d.Key, d.Type)
			}
		}
	}
	return nil
}

// CheckFilter returns an Invalid fault where a filter names what there is not in
// the shop: it would find nothing, or less than was meant, in silence.
func (r Rules) CheckFilter(field string, filter Filter) error {
	var f flaws
	for i, id := range filter.Categories {
		if _, there := r.Categories[id]; !there {
			f.add(at(field+".categories", i), "is no category of the shop")
		}
	}
	if filter.Currency != "" && !r.Book.Sells(filter.Currency) {
		f.add(field+".currency", "is no currency that the shop sells in: %s", r.Book.known())
	}
	for i, a := range filter.Attributes {
		d, there := Filterable(r.Categories, a.Key)
		switch {
		case !there:
			f.add(at(field+".attributes", i)+".key", "is no attribute that can be filtered by")
		case !d.takes(a):
			f.add(at(field+".attributes", i), "does not fit an attribute of type %s", d.Type)
		}
	}
	return fault.Flawed(f)
}

// Filterable returns how an attribute is declared that products are filtered by. Of
// categories that declare one key the first by its id says what it is, and each adds
// its choices.
func Filterable(categories map[string]Category, key string) (Declaration, bool) {
	declared, there := filterables(categories, func(d Declaration) bool { return d.Key == key })[key]
	return declared, there
}

// Filterables returns every attribute that Filterable does, by its key.
func Filterables(categories map[string]Category) map[string]Declaration {
	return filterables(categories, func(Declaration) bool { return true })
}

func filterables(categories map[string]Category, wanted func(Declaration) bool) map[string]Declaration {
	all := map[string]Declaration{}
	for _, id := range slices.Sorted(maps.Keys(categories)) {
		for _, d := range categories[id].Attributes {
			if !d.Filterable || d.Type == TextAttribute || !wanted(d) {
				continue
			}
			declared, there := all[d.Key]
			switch {
			case !there:
				declared = d
				declared.Choices = slices.Clip(d.Choices) // what is added must not stand in the category
			case d.Type == declared.Type:
				declared.Choices = append(declared.Choices, d.Choices...)
			}
			all[d.Key] = declared
		}
	}
	return all
}

// takes reports whether a filter is of the kind that the attribute's type has.
func (d Declaration) takes(a AttributeFilter) bool {
	switch d.Type {
	case NumberAttribute:
		return a.Min != nil || a.Max != nil
	case ChoiceAttribute:
		return a.Choices != nil
	case BooleanAttribute:
		return a.Boolean != nil
	case TextAttribute:
	}
	return false
}
