package catalog

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bedesten/bedesten/internal/fault"
)

// Category is a shelf of the shop. Its id is chosen once and stays; where the
// category hangs is the tree's business.
type Category struct {
	ID          string `bson:"_id" json:"id"`
	Revision    int64  `bson:"revision" json:"revision"`
	Slugs       Text   `bson:"slugs" json:"slugs"`
	Name        Text   `bson:"name" json:"name"`
	Description Text   `bson:"description" json:"description"`
	SEO         SEO    `bson:"seo" json:"seo"`
	// Attributes are what products of the category may have, and those of the
	// categories below it.
	Attributes []Declaration `bson:"attributes" json:"attributes"`
	UpdatedAt  time.Time     `bson:"updated_at" json:"updated_at"`
}

// Node is a category's place in the tree.
type Node struct {
	// Parent is empty at the top.
	Parent   string `bson:"parent" json:"parent"`
	Position int64  `bson:"position" json:"position"`
}

// Tree is how all categories hang together. It is one document and written as a
// whole: two moves at once, each right by itself, cannot make a circle.
type Tree struct {
	Revision int64           `bson:"revision" json:"revision"`
	Nodes    map[string]Node `bson:"nodes" json:"nodes"`
}

// MaxDepth is how many categories there may be from the top down.
const MaxDepth = 8

// maxCategories keeps the tree's document small.
const maxCategories = 3000

// Place returns the tree with a category under a parent, new or moved with all
// that hangs below it. A parent that is not there, a circle, or a tree that would
// be too deep is an Invalid fault.
func (t Tree) Place(id string, at Node) (Tree, error) {
	refuse := func(format string, args ...any) (Tree, error) {
		return t, fault.New(fault.Invalid, format, args...).With("field", "parent")
	}
	if _, there := t.Nodes[at.Parent]; at.Parent != "" && !there {
		return refuse("there is no such category to put it under")
	}
	if at.Parent == id || slices.Contains(t.Above(at.Parent), id) {
		return refuse("a category cannot be put under itself or under what hangs below it")
	}
	above := 0
	if at.Parent != "" {
		above = 1 + len(t.Above(at.Parent))
	}
	if above+t.height(id, 0) > MaxDepth {
		return refuse("the tree would be more than %d categories deep", MaxDepth)
	}
	if _, there := t.Nodes[id]; !there && len(t.Nodes) >= maxCategories {
		return t, fault.New(fault.Conflict, "a shop has at most %d categories", maxCategories)
	}
	nodes := maps.Clone(t.Nodes)
	if nodes == nil {
		nodes = map[string]Node{}
	}
	nodes[id] = at
	return Tree{Revision: t.Revision, Nodes: nodes}, nil
}

// Without returns the tree without a category. One with others below it is a
// Conflict fault.
func (t Tree) Without(id string) (Tree, error) {
	if len(t.Children(id)) > 0 {
		return t, fault.New(fault.Conflict, "other categories hang below it: move them first")
	}
	nodes := maps.Clone(t.Nodes)
	delete(nodes, id)
	return Tree{Revision: t.Revision, Nodes: nodes}, nil
}

// Above returns the categories above one, the nearest first.
func (t Tree) Above(id string) []string {
	var above []string
	// The bound ends a walk through a tree that somebody broke by hand.
	for parent := t.Nodes[id].Parent; parent != "" && len(above) <= MaxDepth; parent = t.Nodes[parent].Parent {
		above = append(above, parent)
	}
	return above
}

// Path returns the categories from the top down to one, itself included.
func (t Tree) Path(id string) []string {
	path := append([]string{id}, t.Above(id)...)
	slices.Reverse(path)
	return path
}

// Children returns what hangs directly below a category, or at the top for an
// empty id, in its order.
func (t Tree) Children(id string) []string {
	var children []string
	for child, node := range t.Nodes {
		if node.Parent == id {
			children = append(children, child)
		}
	}
	slices.SortFunc(children, func(a, b string) int {
		if d := t.Nodes[a].Position - t.Nodes[b].Position; d != 0 {
			return int(d)
		}
		return strings.Compare(a, b)
	})
	return children
}

// Below returns a category and everything below it.
func (t Tree) Below(id string) []string {
	below := []string{id}
	for i := 0; i < len(below) && len(below) <= len(t.Nodes); i++ {
		below = append(below, t.Children(below[i])...)
	}
	return below
}

// Walk returns every category of the tree, parents before children, each with
// its siblings in their order.
func (t Tree) Walk() []string {
	var all []string
	var down func(id string, depth int)
	down = func(id string, depth int) {
		if depth > MaxDepth {
			return
		}
		for _, child := range t.Children(id) {
			all = append(all, child)
			down(child, depth+1)
		}
	}
	down("", 0)
	return all
}

// height returns how many levels there are from a category down; 1 for one that
// has nothing below it. The bound ends it in a tree that somebody broke by hand.
func (t Tree) height(id string, depth int) int {
	deepest := 0
	if depth <= MaxDepth {
		for _, child := range t.Children(id) {
			deepest = max(deepest, t.height(child, depth+1))
		}
	}
	return deepest + 1
}
