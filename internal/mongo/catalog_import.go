package mongo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/id"
	"github.com/bedesten/bedesten/internal/page"
)

var _ catalog.Imports = (*CatalogImports)(nil)

// CatalogImports keeps one document for each import, its file in chunks, and one
// document for each product in it.
type CatalogImports struct {
	rows    *mongo.Collection
	entries *mongo.Collection
	files   fileChunks
}

// NewCatalogImports returns the store on db.
func NewCatalogImports(db *mongo.Database) *CatalogImports {
	return &CatalogImports{
		rows: db.Collection("catalog_imports"), entries: db.Collection("catalog_import_entries"),
		files: fileChunks{db.Collection("catalog_import_chunks")},
	}
}

// entryRow is an entry under an id that sorts as the file does.
type entryRow struct {
	ID                  string `bson:"_id"`
	catalog.ImportEntry `bson:",inline"`
}

func entryID(importID, check string, number int64) string {
	return fmt.Sprintf("%s/%s/%07d", importID, check, number)
}

// Begin writes the chunks first: an import that is there has its file.
func (s *CatalogImports) Begin(ctx context.Context, i catalog.Import, content []byte) (catalog.Import, error) {
	there, err := s.Find(ctx, i.ID)
	if err == nil || !fault.Is(err, fault.NotFound) {
		return there, err
	}
	for part := range slices.Chunk(content, fileChunk) {
		if err := s.files.put(ctx, i.ID, i.Chunks, part); err != nil {
			return i, err
		}
		i.Chunks++
	}
	i.Revision, i.Size = 1, int64(len(content))
	_, err = s.rows.InsertOne(ctx, i)
	if mongo.IsDuplicateKeyError(err) {
		return s.Find(ctx, i.ID)
	}
	if err != nil {
		return i, unavailable(err, "writing import %s", i.ID)
	}
	return i, nil
}

// Find returns the import.
func (s *CatalogImports) Find(ctx context.Context, importID string) (catalog.Import, error) {
	var i catalog.Import
	err := s.rows.FindOne(ctx, bson.D{{Key: "_id", Value: importID}}).Decode(&i)
	return i, found(err, "import", importID)
}

// List returns one page of imports, the newest first: their ids sort by time.
func (s *CatalogImports) List(ctx context.Context, before string, limit int) (page.Page[catalog.Import], error) {
	filter := bson.D{}
	if before != "" {
		filter = bson.D{{Key: "_id", Value: bson.D{{Key: "$lt", Value: before}}}}
	}
	cursor, err := s.rows.Find(ctx, filter, options.Find().SetSort(bson.D{{Key: "_id", Value: -1}}).SetLimit(int64(limit)+1))
	rows, err := drain[catalog.Import](ctx, cursor, err, "listing imports")
	if err != nil {
		return page.Page[catalog.Import]{}, err
	}
	p := page.Page[catalog.Import]{Items: rows}
	if len(rows) > limit {
		p.Items = rows[:limit]
		p.Next = p.Items[limit-1].ID
	}
	return p, nil
}

// Open returns imports that are not over. A check without more to come is.
func (s *CatalogImports) Open(ctx context.Context, after string, limit int) ([]catalog.Import, error) {
	cursor, err := s.rows.Find(ctx, append(openImports(), bson.E{Key: "_id", Value: bson.D{{Key: "$gt", Value: after}}}),
		options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(limit)))
	return drain[catalog.Import](ctx, cursor, err, "looking for imports that are not over")
}

// openImports is catalog.Import.Over, turned round.
func openImports() bson.D {
	under := bson.A{catalog.ImportUploaded, catalog.ImportChecking, catalog.ImportApplying}
	return bson.D{{Key: "$or", Value: bson.A{
		bson.D{{Key: "state", Value: bson.D{{Key: "$in", Value: under}}}},
		bson.D{{Key: "state", Value: catalog.ImportChecked}, {Key: "dry_run", Value: false}},
	}}}
}

// Content returns the file.
func (s *CatalogImports) Content(ctx context.Context, i catalog.Import) ([]byte, error) {
	content := make([]byte, 0, i.Size)
	for n := range i.Chunks {
		part, err := s.files.get(ctx, i.ID, n)
		if err != nil {
			return nil, err
		}
		content = append(content, part...)
	}
	return content, nil
}

// Save writes the import over its revision.
func (s *CatalogImports) Save(ctx context.Context, i catalog.Import) (catalog.Import, error) {
	over := bson.D{{Key: "_id", Value: i.ID}, {Key: "revision", Value: i.Revision}}
	i.Revision++
	res, err := s.rows.ReplaceOne(ctx, over, i)
	if err != nil {
		return i, unavailable(err, "writing import %s", i.ID)
	}
	if res.MatchedCount == 0 {
		return i, stale("import")
	}
	return i, nil
}

// Bounds of one bulk insert: a document of every product, and its bytes.
const (
	reportStep  = 500
	reportBytes = 4 << 20
)

// Report adds entries: independent, repeatable inserts.
func (s *CatalogImports) Report(ctx context.Context, entries []catalog.ImportEntry) error {
	var rows []any
	size := 0
	flush := func() error {
		if len(rows) == 0 {
			return nil
		}
		_, err := s.entries.InsertMany(ctx, rows, options.InsertMany().SetOrdered(false))
		rows, size = nil, 0
		if err != nil && !onlyDuplicates(err) {
			return unavailable(err, writingReport)
		}
		return nil
	}
	for _, e := range entries {
		rows = append(rows, entryRow{entryID(e.ImportID, e.Check, e.Number), e})
		if marked(e.Outcome) {
			rows = append(rows, markOf(e))
		}
		size += weight(e)
		if len(rows) >= reportStep || size >= reportBytes {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// weight is about how many bytes an entry takes.
func weight(e catalog.ImportEntry) int {
	n := 0
	for _, r := range e.Rows {
		for _, cell := range r.Cells {
			n += len(cell) + 16
		}
	}
	return n
}

// Entries returns what there is of the import's check after a number. What went wrong
// is found by its marks; for everything else the report is walked through, for a file of
// unlike outcomes is no file that people ask such a question of.
func (s *CatalogImports) Entries(ctx context.Context, i catalog.Import, after int64, limit int, outcomes ...catalog.Outcome) ([]catalog.ImportEntry, error) {
	if len(outcomes) == 0 {
		return s.walk(ctx, i, after, byID(limit))
	}
	next := func(ctx context.Context, i catalog.Import, after int64, limit int) ([]catalog.ImportEntry, error) {
		return s.walk(ctx, i, after, withoutRows(limit))
	}
	if !slices.ContainsFunc(outcomes, func(o catalog.Outcome) bool { return !marked(o) }) {
		next = func(ctx context.Context, i catalog.Import, after int64, limit int) ([]catalog.ImportEntry, error) {
			return s.ofMarks(ctx, i, after, limit, outcomes)
		}
	}
	var all []catalog.ImportEntry
	for {
		read, err := next(ctx, i, after, reportStep)
		if err != nil {
			return nil, err
		}
		for _, e := range read {
			if slices.Contains(outcomes, e.Outcome) {
				all = append(all, e)
			}
			after = e.Number
			if len(all) == limit {
				return all, nil
			}
		}
		if len(read) == 0 {
			return all, nil
		}
	}
}

// walk returns the entries after a number, whatever became of them.
func (s *CatalogImports) walk(ctx context.Context, i catalog.Import, after int64, how *options.FindOptionsBuilder) ([]catalog.ImportEntry, error) {
	cursor, err := s.entries.Find(ctx, between(entryID(i.ID, i.Check, after), i.ID+"/"+i.Check+"/\x7f"), how)
	return drain[catalog.ImportEntry](ctx, cursor, err, readingReport)
}

const readingReport = "reading the report of an import"

// between is everything whose id sorts after one and before another.
func between(after, before string) bson.D {
	return bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: after}, {Key: "$lt", Value: before}}}}
}

func byID(limit int) *options.FindOptionsBuilder {
	return options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(limit))
}

// withoutRows is for who only reports: what stands in the file is long.
func withoutRows(limit int) *options.FindOptionsBuilder {
	return byID(limit).SetProjection(bson.D{{Key: "rows", Value: 0}})
}

// Settle writes what became of a product.
func (s *CatalogImports) Settle(ctx context.Context, e catalog.ImportEntry) error {
	if err := s.mark(ctx, e); err != nil {
		return err
	}
	set := bson.D{{Key: "outcome", Value: e.Outcome}, {Key: "product_id", Value: e.ProductID}, {Key: "flaws", Value: e.Flaws}}
	_, err := s.entries.UpdateOne(ctx, bson.D{{Key: "_id", Value: entryID(e.ImportID, e.Check, e.Number)}},
		bson.D{{Key: "$set", Value: set}, {Key: "$unset", Value: bson.D{{Key: "rows", Value: ""}}}})
	if err != nil {
		return unavailable(err, writingReport)
	}
	return nil
}

// Sweep removes imports that were made before, their rows last: ids sort by time, and
// so goes what a Begin or a check that died left behind.
func (s *CatalogImports) Sweep(ctx context.Context, before time.Time) (int, error) {
	return sweepByID(ctx, id.First(catalog.ImportPrefix, before), s.files.rows, s.entries, s.rows)
}

// sweepByID removes what sorts before an id from each collection in turn, and returns
// how much that was in the last one.
func sweepByID(ctx context.Context, first string, collections ...*mongo.Collection) (int, error) {
	var removed int64
	for _, c := range collections {
		res, err := c.DeleteMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$lt", Value: first}}}})
		if err != nil {
			return 0, unavailable(err, "removing old files from %s", c.Name())
		}
		removed = res.DeletedCount
	}
	return int(removed), nil
}
