package mongo

import (
	"context"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/id"
)

var _ catalog.Exports = (*CatalogExports)(nil)

// CatalogExports keeps one document for each file of the catalogue, and the file in
// chunks.
type CatalogExports struct {
	rows  *mongo.Collection
	files fileChunks
}

// NewCatalogExports returns the store on db.
func NewCatalogExports(db *mongo.Database) *CatalogExports {
	return &CatalogExports{rows: db.Collection("catalog_exports"), files: fileChunks{db.Collection("catalog_export_chunks")}}
}

// fileChunk is how many bytes of a file one document holds.
const fileChunk = 512 << 10

// fileChunks are files in parts that a document has room for. They say nothing
// personal, and are not sealed.
type fileChunks struct{ rows *mongo.Collection }

type fileChunkRow struct {
	ID      string `bson:"_id"`
	Content []byte `bson:"content"`
}

func fileChunkID(file string, n int) string { return fmt.Sprintf("%s/%06d", file, n) }

func (f fileChunks) put(ctx context.Context, file string, n int, part []byte) error {
	row := fileChunkRow{fileChunkID(file, n), part}
	if _, err := f.rows.ReplaceOne(ctx, bson.D{{Key: "_id", Value: row.ID}}, row, options.Replace().SetUpsert(true)); err != nil {
		return unavailable(err, "writing a part of file %s", file)
	}
	return nil
}

func (f fileChunks) get(ctx context.Context, file string, n int) ([]byte, error) {
	var row fileChunkRow
	name := fileChunkID(file, n)
	err := f.rows.FindOne(ctx, bson.D{{Key: "_id", Value: name}}).Decode(&row)
	return row.Content, found(err, "part of a file", name)
}

// Ask writes the export's row; one that is there stays.
func (s *CatalogExports) Ask(ctx context.Context, e catalog.Export) (catalog.Export, error) {
	_, err := s.rows.InsertOne(ctx, e)
	if mongo.IsDuplicateKeyError(err) {
		return s.Find(ctx, e.ID)
	}
	if err != nil {
		return e, unavailable(err, "writing export %s", e.ID)
	}
	return e, nil
}

// Find returns the export.
func (s *CatalogExports) Find(ctx context.Context, exportID string) (catalog.Export, error) {
	var e catalog.Export
	err := s.rows.FindOne(ctx, bson.D{{Key: "_id", Value: exportID}}).Decode(&e)
	return e, found(err, "export", exportID)
}

// Open returns exports that are not ready.
func (s *CatalogExports) Open(ctx context.Context, after string, limit int) ([]catalog.Export, error) {
	cursor, err := s.rows.Find(ctx, append(openExports(), bson.E{Key: "_id", Value: bson.D{{Key: "$gt", Value: after}}}),
		options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(limit)))
	return drain[catalog.Export](ctx, cursor, err, "looking for exports that are not ready")
}

func openExports() bson.D {
	return bson.D{{Key: "file", Value: bson.D{{Key: "$exists", Value: false}}}}
}

// Put keeps a part of the file that e names.
func (s *CatalogExports) Put(ctx context.Context, e catalog.Export, n int, part []byte) error {
	return s.files.put(ctx, e.ID+"/"+e.File, n, part)
}

// Ready says which file counts, once.
func (s *CatalogExports) Ready(ctx context.Context, e catalog.Export) (catalog.Export, error) {
	res, err := s.rows.ReplaceOne(ctx, append(openExports(), bson.E{Key: "_id", Value: e.ID}), e)
	if err != nil {
		return e, unavailable(err, "writing export %s", e.ID)
	}
	if res.MatchedCount == 0 {
		return s.Find(ctx, e.ID)
	}
	return e, nil
}

// Chunk returns a part of the file.
func (s *CatalogExports) Chunk(ctx context.Context, e catalog.Export, n int) ([]byte, error) {
	return s.files.get(ctx, e.ID+"/"+e.File, n)
}

// Sweep removes exports that were asked for before.
func (s *CatalogExports) Sweep(ctx context.Context, before time.Time) (int, error) {
	return sweepByID(ctx, id.First(catalog.ExportPrefix, before), s.files.rows, s.rows)
}
