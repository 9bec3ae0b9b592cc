package catalog

import (
	"math"
	"slices"
)

// AttributeType is what kind of value an attribute has.
type AttributeType string

// Types of attributes.
const (
	TextAttribute    AttributeType = "text"
	NumberAttribute  AttributeType = "number"
	ChoiceAttribute  AttributeType = "choice"
	BooleanAttribute AttributeType = "boolean"
)

// AttributeTypes are all of them.
var AttributeTypes = []AttributeType{TextAttribute, NumberAttribute, ChoiceAttribute, BooleanAttribute}

// Declaration says of what type an attribute is that products of a category, and
// of those below it, may have.
type Declaration struct {
	Key  string        `bson:"key" json:"key"`
	Name Text          `bson:"name" json:"name"`
	Type AttributeType `bson:"type" json:"type"`
	// Unit is what a number counts, such as inç; empty where it counts nothing.
	Unit Text `bson:"unit" json:"unit"`
	// Choices are what there is to choose from; several at once with Multiple.
	Choices  []Value `bson:"choices" json:"choices"`
	Multiple bool    `bson:"multiple" json:"multiple"`
	// Filterable attributes are offered to shoppers as a filter; a text never is.
	Filterable bool `bson:"filterable" json:"filterable"`
	// Required attributes must be there before a product can be active.
	Required bool `bson:"required" json:"required"`
}

// Attribute is a product's value of a declared attribute: exactly one of the
// four.
type Attribute struct {
	Key     string   `bson:"key" json:"key"`
	Text    *Text    `bson:"text,omitempty" json:"text,omitempty"`
	Number  *float64 `bson:"number,omitempty" json:"number,omitempty"`
	Choices []string `bson:"choices,omitempty" json:"choices,omitempty"`
	Boolean *bool    `bson:"boolean,omitempty" json:"boolean,omitempty"`
}

// Type returns the type of the attribute's value; empty where it has none, or
// more than one.
func (a Attribute) Type() AttributeType {
	var types []AttributeType
	if a.Text != nil {
		types = append(types, TextAttribute)
	}
	if a.Number != nil {
		types = append(types, NumberAttribute)
	}
	if a.Choices != nil {
		types = append(types, ChoiceAttribute)
	}
	if a.Boolean != nil {
		types = append(types, BooleanAttribute)
	}
	if len(types) != 1 {
		return ""
	}
	return types[0]
}

// choice returns the declared choice of a key.
func (d Declaration) choice(key string) (Value, bool) {
	i := slices.IndexFunc(d.Choices, func(v Value) bool { return v.Key == key })
	if i < 0 {
		return Value{}, false
	}
	return d.Choices[i], true
}

// ChoiceNames returns the names of the attribute's choices.
func (d Declaration) ChoiceNames(a Attribute) []Text {
	names := make([]Text, 0, len(a.Choices))
	for _, key := range a.Choices {
		if v, there := d.choice(key); there {
			names = append(names, v.Name)
		}
	}
	return names
}

// maxNumber is where whole numbers stop being exact in every client.
const maxNumber = 1 << 53

// refuses says what is wrong with a value, or nothing.
func (d Declaration) refuses(a Attribute) string {
	if a.Type() != d.Type {
		return "must have exactly one value, of type " + string(d.Type)
	}
	switch d.Type {
	case TextAttribute:
		if a.Text.IsZero() || len(a.Text.TR) > maxShort || len(a.Text.EN) > maxShort {
			return "must have 1 to 500 bytes in Turkish or English"
		}
	case NumberAttribute:
		if math.IsNaN(*a.Number) || math.Abs(*a.Number) > maxNumber {
			return "is not a number that can be kept"
		}
	case ChoiceAttribute:
		return d.refusesChoices(a.Choices)
	case BooleanAttribute:
	}
	return ""
}

func (d Declaration) refusesChoices(keys []string) string {
	if len(keys) == 0 || len(keys) > 1 && !d.Multiple {
		return "must name one choice"
	}
	for i, key := range keys {
		if _, there := d.choice(key); !there || slices.Contains(keys[:i], key) {
			return "names what is no choice of it, or names one twice"
		}
	}
	return ""
}
