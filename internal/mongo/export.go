package mongo

import (
	"context"
	"slices"
	"strconv"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/bedesten/bedesten/internal/fault"
	"github.com/bedesten/bedesten/internal/identity"
)

var _ identity.Exports = (*Exports)(nil)

// exportChunk is how many bytes of an export one document holds: with what sealing
// adds far below the 16 MB that a document may have.
const exportChunk = 4 << 20

// Exports keeps one document for each export, and its content in chunks, sealed.
type Exports struct {
	vault  *Vault
	rows   *mongo.Collection
	chunks *mongo.Collection
}

// NewExports returns the store on db, whose content vault seals.
func NewExports(db *mongo.Database, vault *Vault) *Exports {
	return &Exports{vault: vault, rows: db.Collection("exports"), chunks: db.Collection("export_chunks")}
}

// chunkRow is a part of an export's content.
type chunkRow struct {
	ID       string       `bson:"_id"`
	ExportID string       `bson:"export_id"`
	Sealed   sealedFields `bson:"sealed"`
}

// chunkField is the name of what is sealed of a chunk.
const chunkField = "content"

func chunkID(exportID string, n int) string { return exportID + "/" + strconv.Itoa(n) }

// Ask writes the export's row; one that is there stays.
func (s *Exports) Ask(ctx context.Context, e identity.Export) error {
	if _, err := s.rows.InsertOne(ctx, e); err != nil && !mongo.IsDuplicateKeyError(err) {
		return unavailable(err, "writing export %s", e.ID)
	}
	return nil
}

// Find returns the export.
func (s *Exports) Find(ctx context.Context, exportID string) (identity.Export, error) {
	var e identity.Export
	err := s.rows.FindOne(ctx, bson.D{{Key: "_id", Value: exportID}}).Decode(&e)
	return e, found(err, "export", exportID)
}

// Keep writes the chunks, each in the place of one that was written before, and the
// row last. An export that was removed meanwhile stays away.
func (s *Exports) Keep(ctx context.Context, e identity.Export, content []byte, now time.Time) (identity.Export, error) {
	parts := slices.Collect(slices.Chunk(content, exportChunk))
	for n, part := range parts {
		id := chunkID(e.ID, n)
		sealed, err := sealField(ctx, s.vault, place{"export_chunks", chunkField, id}, owner{Subject: e.AccountID}, bson.D{{Key: chunkField, Value: part}})
		if err != nil {
			return e, err
		}
		row := chunkRow{ID: id, ExportID: e.ID, Sealed: sealedFields{chunkField: sealed}}
		if _, err := s.chunks.ReplaceOne(ctx, bson.D{{Key: "_id", Value: id}}, row, options.Replace().SetUpsert(true)); err != nil {
			return e, unavailable(err, "writing export %s", e.ID)
		}
	}
	e.ReadyAt, e.Size, e.Chunks = now, int64(len(content)), len(parts)
	res, err := s.rows.ReplaceOne(ctx, bson.D{{Key: "_id", Value: e.ID}}, e)
	if err != nil {
		return e, unavailable(err, "writing export %s", e.ID)
	}
	if res.MatchedCount == 0 {
		return e, fault.New(fault.NotFound, "export %s is not wanted any more", e.ID)
	}
	return e, nil
}

// Chunk opens a part of the content.
func (s *Exports) Chunk(ctx context.Context, e identity.Export, n int) ([]byte, error) {
	var row chunkRow
	id := chunkID(e.ID, n)
	err := s.chunks.FindOne(ctx, bson.D{{Key: "_id", Value: id}}).Decode(&row)
	if err := found(err, "part of an export", id); err != nil {
		return nil, err
	}
	opened, erased, err := openField[struct {
		Content []byte `bson:"content"`
	}](ctx, s.vault, place{"export_chunks", chunkField, id}, row.Sealed[chunkField])
	if err == nil && erased {
		err = fault.New(fault.NotFound, "what export %s held was erased", e.ID)
	}
	return opened.Content, err
}

// Open walks over the exports that are not ready.
func (s *Exports) Open(ctx context.Context, after string, limit int) ([]identity.Export, error) {
	cursor, err := s.rows.Find(ctx, append(following(after), bson.E{Key: "ready_at", Value: bson.D{{Key: "$exists", Value: false}}}),
		options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(limit)))
	return drain[identity.Export](ctx, cursor, err, "looking for exports that are not ready")
}

// Forget removes every export of the account.
func (s *Exports) Forget(ctx context.Context, accountID string) error {
	_, err := s.remove(ctx, bson.D{{Key: "account_id", Value: accountID}})
	return err
}

// Sweep looks at those that were asked for before: none was made earlier. One that is
// not made yet is still wanted.
func (s *Exports) Sweep(ctx context.Context, before time.Time) (int, error) {
	earlier := bson.D{{Key: "$lt", Value: before}}
	given := bson.D{{Key: "$lt", Value: before.Add(identity.KeepExports - identity.KeepWanted)}}
	return s.remove(ctx, bson.D{
		{Key: "asked_at", Value: earlier},
		{Key: "$or", Value: bson.A{
			bson.D{{Key: "ready_at", Value: earlier}},
			bson.D{{Key: "ready_at", Value: bson.D{{Key: "$exists", Value: false}}}, {Key: "asked_at", Value: given}},
		}},
	})
}

// remove takes the contents away first, and the rows that lead to them last.
func (s *Exports) remove(ctx context.Context, which bson.D) (int, error) {
	cursor, err := s.rows.Find(ctx, which, options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}}))
	rows, err := drain[struct {
		ID string `bson:"_id"`
	}](ctx, cursor, err, "looking for exports to remove")
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	if _, err := s.chunks.DeleteMany(ctx, bson.D{{Key: "export_id", Value: bson.D{{Key: "$in", Value: ids}}}}); err != nil {
		return 0, unavailable(err, "removing exports")
	}
	if _, err := s.rows.DeleteMany(ctx, byIDs(ids)); err != nil {
		return 0, unavailable(err, "removing exports")
	}
	return len(ids), nil
}
