package catalog

import (
	"slices"
	"strconv"
	"strings"
)

// options merges what the product's variants differ by: options and values that are
// new are added, none is taken away.
func (g *merge) options() {
	for _, key := range keyed(g.Columns, optionColumn) {
		i := slices.IndexFunc(g.p.Options, func(o Option) bool { return o.Key == key })
		if i < 0 {
			if !slices.ContainsFunc(g.rows, func(r Row) bool { cell, _ := g.get(r, optionColumn+key); return cell != "" }) {
				continue
			}
			i = len(g.p.Options)
			g.p.Options = append(g.p.Options, Option{Key: key})
		}
		g.values(&g.p.Options[i])
	}
	for i := range g.p.Options {
		o := &g.p.Options[i]
		for language, name := range map[string]*string{Turkish: &o.Name.TR, English: &o.Name.EN} {
			if cell, there := g.get(g.rows[0], optionNameColumn+o.Key+"."+language); there {
				*name = cell
			}
		}
	}
}

// values adds the values that rows name. Where rows name one differently the file
// does not say which counts.
func (g *merge) values(o *Option) {
	column := optionColumn + o.Key
	told := map[string]Value{}
	for _, r := range g.rows {
		cell, _ := g.get(r, column)
		if cell == "" {
			continue
		}
		v, named, said := valueOf(cell)
		if before, twice := told[v.Key]; said == "" && named && twice && before != v {
			said = "names a value otherwise than a row before it"
		}
		if said != "" {
			g.flaw(r.Line, column, "%s", said)
			continue
		}
		i := slices.IndexFunc(o.Values, func(other Value) bool { return other.Key == v.Key })
		switch {
		case i < 0 && !named:
			g.flaw(r.Line, column, "is no value of the option yet: write key|name in Turkish|name in English")
			continue
		case i < 0:
			o.Values = append(o.Values, v)
		case named:
			o.Values[i] = v
		}
		if named {
			told[v.Key] = v
		}
	}
}

// choose gives a variant the values that its row names.
func (g *merge) choose(r Row, v *Variant) {
	for _, key := range keyed(g.Columns, optionColumn) {
		cell, _ := g.get(r, optionColumn+key)
		if cell == "" {
			delete(v.Choices, key)
			continue
		}
		value, _, _ := valueOf(cell)
		if v.Choices == nil {
			v.Choices = map[string]string{}
		}
		v.Choices[key] = value.Key
	}
}

// attributes merges values of what the product's categories declare.
func (g *merge) attributes() {
	declared := g.Rules.Declared(g.p.Categories)
	for _, column := range g.Columns {
		name, ok := strings.CutPrefix(column, attributeColumn)
		if !ok {
			continue
		}
		key, _, _ := strings.Cut(name, ".")
		cell, _ := g.get(g.rows[0], column)
		d, there := declared[key]
		if !there || !slices.Contains(d.columns(), column) {
			g.misplaced(column, cell, d)
			continue
		}
		g.attribute(d, column, cell)
	}
}

// misplaced refuses a value of what the product cannot have. Most products of a file
// have nothing in most columns.
func (g *merge) misplaced(column, cell string, d Declaration) {
	switch {
	case cell == "":
	case d.Key == "":
		g.flaw(g.rows[0].Line, column, "is declared by none of the product's categories")
	default:
		g.flaw(g.rows[0].Line, column, "is of type %s here: its column is %s", d.Type, d.columns()[0])
	}
}

func (g *merge) attribute(d Declaration, column, cell string) {
	i := slices.IndexFunc(g.p.Attributes, func(a Attribute) bool { return a.Key == d.Key })
	if d.Type == TextAttribute {
		g.attributeText(d, i, column, cell)
		return
	}
	if strings.TrimSpace(cell) == "" {
		g.p.Attributes = slices.DeleteFunc(g.p.Attributes, func(a Attribute) bool { return a.Key == d.Key })
		return
	}
	is, said := d.read(cell)
	if said != "" {
		g.flaw(g.rows[0].Line, column, "%s", said)
		return
	}
	g.put(i, is)
}

func (g *merge) put(i int, a Attribute) {
	if i < 0 {
		g.p.Attributes = append(g.p.Attributes, a)
		return
	}
	g.p.Attributes[i] = a
}

// attributeText merges one language of a text; a text without any is none.
func (g *merge) attributeText(d Declaration, i int, column, cell string) {
	var text Text
	if i >= 0 && g.p.Attributes[i].Text != nil {
		text = *g.p.Attributes[i].Text
	}
	if strings.HasSuffix(column, "."+Turkish) {
		text.TR = cell
	} else {
		text.EN = cell
	}
	if text.IsZero() {
		g.p.Attributes = slices.DeleteFunc(g.p.Attributes, func(a Attribute) bool { return a.Key == d.Key })
		return
	}
	g.put(i, Attribute{Key: d.Key, Text: &text})
}

// read makes a value of a cell, or says why it cannot.
func (d Declaration) read(cell string) (Attribute, string) {
	a := Attribute{Key: d.Key}
	switch d.Type {
	case NumberAttribute:
		n, said := floatOf(cell)
		a.Number = &n
		return a, said
	case BooleanAttribute:
		yes, ok := truthOf(cell)
		if !ok {
			return a, "must be evet or hayır, true or false"
		}
		a.Boolean = &yes
	case ChoiceAttribute:
		a.Choices = split(cell, listSeparator)
	case TextAttribute:
	}
	return a, ""
}

// floatOf reads a number that is no money. One that a spreadsheet wrote with all its
// digits is the same number again.
func floatOf(cell string) (float64, string) {
	s := strings.TrimSpace(cell)
	if whole.MatchString(s) || broken.MatchString(s) || exponent.MatchString(s) {
		if n, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64); err == nil {
			return n, ""
		}
	}
	r, said := decimal(s, true)
	if said != "" {
		return 0, said
	}
	n, _ := r.Float64()
	return n, ""
}
