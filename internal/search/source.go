package search

import (
	"context"
	"fmt"
	"reflect"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/page"
)

// Products is what the index reads of the catalogue. What it returns is never older
// than the last write that was acknowledged.
type Products interface {
	// List returns one page of products by their ids, whatever their status.
	List(ctx context.Context, q catalog.StaffQuery) (page.Page[catalog.Product], error)

	// Many returns the products of the given ids; unknown ones are left out.
	Many(ctx context.Context, ids []string) ([]catalog.Product, error)

	// Book returns all price lists.
	Book(ctx context.Context) (catalog.Book, error)

	// Shelves returns the tree of categories with all of them.
	Shelves(ctx context.Context) (catalog.Shelves, error)
}

// Source is where an index is filled from.
type Source struct {
	Products Products
	Changes  catalog.Changes
	Said     catalog.Merchandisers
	Sales    catalog.Sales
	Hints    catalog.Hints
	// Shop names the database, for its snapshot.
	Shop func(context.Context) (string, error)
}

// surroundings are what many products depend on, as they were read last.
type surroundings struct {
	shelves catalog.Shelves
	book    catalog.Book
	said    catalog.Merchandising
}

// surround reads what many products depend on, and gives the index what has changed
// of it.
func (f *Follower) surround(ctx context.Context) error {
	var read surroundings
	var err error
	if read.shelves, err = f.source.Products.Shelves(ctx); err != nil {
		return fmt.Errorf("reading the categories: %w", err)
	}
	if read.book, err = f.source.Products.Book(ctx); err != nil {
		return fmt.Errorf("reading the price lists: %w", err)
	}
	if read.said, err = f.source.Said.Merchandising(ctx); err != nil {
		return fmt.Errorf("reading what merchandisers want: %w", err)
	}
	if !reflect.DeepEqual(read.shelves, f.last.shelves) {
		f.index.SetShelves(read.shelves)
	}
	if !reflect.DeepEqual(read.book, f.last.book) {
		f.index.SetBook(read.book)
	}
	if !reflect.DeepEqual(read.said, f.last.said) {
		f.index.SetMerchandising(read.said)
	}
	f.last = read
	return nil
}
