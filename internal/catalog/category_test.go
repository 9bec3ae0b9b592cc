package catalog_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
)

func shop(t require.TestingT) catalog.Tree {
	var tree catalog.Tree
	for _, c := range []struct {
		id, parent string
		position   int64
	}{
		{"elektronik", "", 1}, {"telefon", "elektronik", 2}, {"bilgisayar", "elektronik", 1}, {"kilif", "telefon", 0}, {"ev", "", 0},
	} {
		var err error
		tree, err = tree.Place(c.id, catalog.Node{Parent: c.parent, Position: c.position})
		require.NoError(t, err)
	}
	return tree
}

func TestTree_IsWalkedFromTheTopInItsOrder(t *testing.T) {
	t.Parallel()
	tree := shop(t)
	require.Equal(t, []string{"ev", "elektronik", "bilgisayar", "telefon", "kilif"}, tree.Walk())
	require.Equal(t, []string{"elektronik", "telefon", "kilif"}, tree.Path("kilif"))
	require.ElementsMatch(t, []string{"elektronik", "bilgisayar", "telefon", "kilif"}, tree.Below("elektronik"))
	require.Equal(t, []string{"yok"}, tree.Below("yok"))
}

func TestTree_MovesACategoryWithAllBelowIt(t *testing.T) {
	t.Parallel()
	tree, err := shop(t).Place("telefon", catalog.Node{Parent: "ev"})
	require.NoError(t, err)
	require.Equal(t, []string{"ev", "telefon", "kilif"}, tree.Path("kilif"))
}

func TestTree_RefusesCirclesAndWhatIsTooDeep(t *testing.T) {
	t.Parallel()
	tree := shop(t)
	for id, parent := range map[string]string{"elektronik": "kilif", "telefon": "telefon", "ev": "yok"} {
		_, err := tree.Place(id, catalog.Node{Parent: parent})
		require.True(t, fault.Is(err, fault.Invalid), "%s under %s", id, parent)
	}
	_, err := tree.Without("telefon")
	require.True(t, fault.Is(err, fault.Conflict))
	parent := ""
	deep := catalog.Tree{}
	for i := range catalog.MaxDepth {
		id := fmt.Sprint("raf-", i)
		deep, err = deep.Place(id, catalog.Node{Parent: parent})
		require.NoError(t, err)
		parent = id
	}
	_, err = deep.Place("bir-fazla", catalog.Node{Parent: parent})
	require.True(t, fault.Is(err, fault.Invalid))
}

func TestTree_WhateverIsMovedStaysATree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var tree catalog.Tree
		ids := []string{"a", "b", "c", "d", "e", "f"}
		for range rapid.IntRange(1, 40).Draw(t, "moves") {
			id := rapid.SampledFrom(ids).Draw(t, "id")
			parent := rapid.SampledFrom(append([]string{""}, ids...)).Draw(t, "parent")
			if next, err := tree.Place(id, catalog.Node{Parent: parent}); err == nil {
				tree = next
			}
		}
		require.Len(t, tree.Walk(), len(tree.Nodes), "every category is reached from the top, once")
	})
}

func TestCategory_KeepsTheTypesOfItsAttributes(t *testing.T) {
	t.Parallel()
	before := rules().Categories["men"]
	after := before
	after.Attributes = []catalog.Declaration{{Key: "collar", Name: catalog.Text{TR: "Yaka"}, Type: catalog.TextAttribute}}
	require.True(t, fault.Is(before.Keeps(after), fault.Conflict))
	require.NoError(t, before.Keeps(before))
}

func TestCategory_RefusesDeclarationsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	good := catalog.Category{ID: "men", Slugs: catalog.Text{TR: "erkek"}, Name: catalog.Text{TR: "Erkek"}}
	require.NoError(t, good.Check())
	name := catalog.Text{TR: "Kumaş"}
	for why, d := range map[string]catalog.Declaration{
		"a key with a dot":           {Key: "a.b", Name: name, Type: catalog.NumberAttribute},
		"no name":                    {Key: "fabric", Type: catalog.NumberAttribute},
		"an unknown type":            {Key: "fabric", Name: name, Type: "colour"},
		"a choice of nothing":        {Key: "fabric", Name: name, Type: catalog.ChoiceAttribute},
		"a number with choices":      {Key: "fabric", Name: name, Type: catalog.NumberAttribute, Choices: []catalog.Value{{Key: "a", Name: name}}},
		"a text with a unit":         {Key: "fabric", Name: name, Type: catalog.TextAttribute, Unit: name},
		"a text that is filtered by": {Key: "fabric", Name: name, Type: catalog.TextAttribute, Filterable: true},
		"a choice twice":             {Key: "fabric", Name: name, Type: catalog.ChoiceAttribute, Choices: []catalog.Value{{Key: "a", Name: name}, {Key: "a", Name: name}}},
	} {
		c := good
		c.Attributes = []catalog.Declaration{d}
		require.True(t, fault.Is(c.Check(), fault.Invalid), why)
	}
}

func TestFilterable_HasTheChoicesOfEveryCategoryThatDeclaresIt(t *testing.T) {
	t.Parallel()
	size := func(kind catalog.AttributeType, keys ...string) catalog.Category {
		d := catalog.Declaration{Key: "size", Name: catalog.Text{TR: "Beden"}, Type: kind, Filterable: true}
		for _, key := range keys {
			d.Choices = append(d.Choices, catalog.Value{Key: key, Name: catalog.Text{TR: key}})
		}
		return catalog.Category{Attributes: []catalog.Declaration{d, {Key: "care", Type: catalog.ChoiceAttribute}}}
	}
	room := size(catalog.ChoiceAttribute, "s", "m", "secret")
	room.Attributes[0].Choices = room.Attributes[0].Choices[:2]
	categories := map[string]catalog.Category{"a": room, "b": size(catalog.ChoiceAttribute, "l"), "c": size(catalog.NumberAttribute)}
	d, there := catalog.Filterable(categories, "size")
	require.True(t, there)
	require.Equal(t, catalog.ChoiceAttribute, d.Type, "the first category says what it is")
	require.Equal(t, []string{"s", "m", "l"}, []string{d.Choices[0].Key, d.Choices[1].Key, d.Choices[2].Key})
	require.Equal(t, map[string]catalog.Declaration{"size": d}, catalog.Filterables(categories))
	require.Equal(t, "secret", room.Attributes[0].Choices[:3][2].Key, "nothing was written into a category")
	_, there = catalog.Filterable(categories, "care")
	require.False(t, there)
}

func TestCollection_IsARuleThatNarrowsSomething(t *testing.T) {
	t.Parallel()
	low, high := 10.0, 5.0
	good := catalog.Collection{ID: "yaz", Slugs: catalog.Text{TR: "yaz"}, Name: catalog.Text{TR: "Yaz"}, Sort: catalog.Newest, Rule: catalog.Filter{Categories: []string{"men"}}}
	require.NoError(t, good.Check())
	require.NoError(t, rules().CheckFilter("rule", good.Rule))
	for why, rule := range map[string]catalog.Filter{
		"nothing":                        {},
		"prices without a currency":      {PriceMin: 100},
		"prices upside down":             {PriceMin: 100, PriceMax: 50, Currency: "TRY"},
		"an attribute in two ways":       {Attributes: []catalog.AttributeFilter{{Key: "fabric", Choices: []string{"linen"}, Min: &low}}},
		"an attribute in no way":         {Attributes: []catalog.AttributeFilter{{Key: "fabric"}}},
		"a range upside down":            {Attributes: []catalog.AttributeFilter{{Key: "collar", Min: &low, Max: &high}}},
		"newer than before there was us": {NewerThanDays: 100_000},
	} {
		c := good
		c.Rule = rule
		require.True(t, fault.Is(c.Check(), fault.Invalid), why)
	}
	for why, rule := range map[string]catalog.Filter{
		"a category that there is not":       {Categories: []string{"kaftan"}},
		"an attribute that is not declared":  {Attributes: []catalog.AttributeFilter{{Key: "ram", Min: &low}}},
		"one that cannot be filtered by":     {Attributes: []catalog.AttributeFilter{{Key: "collar", Min: &low}}},
		"a range of a choice":                {Attributes: []catalog.AttributeFilter{{Key: "fabric", Min: &low}}},
		"a currency that nothing is sold in": {Currency: "EUR", PriceMin: 1},
	} {
		require.True(t, fault.Is(rules().CheckFilter("rule", rule), fault.Invalid), why)
	}
}

func ExampleSlugify() {
	fmt.Println(catalog.Slugify("Çay Bardağı, 6'lı — İnce Belli"))
	// Output: cay-bardagi-6-li-ince-belli
}
