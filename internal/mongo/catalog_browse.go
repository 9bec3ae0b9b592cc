package mongo

import (
	"context"
	"encoding/hex"
	"fmt"
	"regexp"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"github.com/bedesten/bedesten/internal/catalog"
	"github.com/bedesten/bedesten/internal/page"
)

// productRow is a product with what lists need. Stores compare text by bytes,
// so each order of the list is a field of its own that is right by bytes and
// ends in the id; a cursor is then a value of that one field.
type productRow struct {
	catalog.Product `bson:",inline"`
	// LastPriceAt is when the last of all prices begins: in the future while any is
	// scheduled.
	LastPriceAt time.Time `bson:"last_price_at"`
	PriceFrom   int64     `bson:"price_from"`
	Search      string    `bson:"search"`
	Order       listOrder `bson:"order"`
}

type listOrder struct {
	Newest  string `bson:"newest"`
	Price   string `bson:"price"`
	TitleTR string `bson:"title_tr"`
	TitleEN string `bson:"title_en"`
}

func rowOf(p catalog.Product) productRow {
	from := basePrice(p)
	return productRow{
		Product: p, LastPriceAt: lastPrice(p), PriceFrom: from, Search: " " + p.Searchable(),
		Order: listOrder{
			Newest:  fmt.Sprintf("%015d/%s", p.CreatedAt.UnixMilli(), p.ID),
			Price:   fmt.Sprintf("%019d/%s", from, p.ID),
			TitleTR: alphabetical(language.Turkish, p.Title.In(catalog.Turkish)) + "/" + p.ID,
			TitleEN: alphabetical(language.English, p.Title.In(catalog.English)) + "/" + p.ID,
		},
	}
}

func lastPrice(p catalog.Product) time.Time {
	var last time.Time
	for _, v := range p.Variants {
		for _, price := range v.Prices {
			if price.From.After(last) {
				last = price.From
			}
		}
	}
	return last
}

func basePrice(p catalog.Product) int64 {
	var from int64
	for _, v := range p.Variants {
		for _, price := range v.Prices {
			if from == 0 || price.Amount.Minor < from {
				from = price.Amount.Minor
			}
		}
	}
	return from
}

// alphabetical returns a text whose bytes sort as the alphabet does: c, ç, d.
// A collator keeps state, so each call makes its own.
func alphabetical(tag language.Tag, title string) string {
	var buffer collate.Buffer
	return hex.EncodeToString(collate.New(tag, collate.IgnoreCase).KeyFromString(&buffer, title))
}

// Browse returns one page of what shoppers see.
func (s *Catalog) Browse(ctx context.Context, q catalog.Query) (page.Page[catalog.Product], error) {
	q, err := q.Complete()
	if err != nil {
		return page.Page[catalog.Product]{}, err
	}
	after, err := q.After()
	if err != nil {
		return page.Page[catalog.Product]{}, err
	}
	field, direction := orderOf(q)
	filter := filterOf(q)
	if after != "" {
		beyond := map[int]string{1: "$gt", -1: "$lt"}[direction]
		filter = append(filter, bson.E{Key: field, Value: bson.D{{Key: beyond, Value: after}}})
	}
	// One more than asked for says whether there is a next page.
	cursor, err := s.products.Find(ctx, filter,
		options.Find().SetSort(bson.D{{Key: field, Value: direction}}).SetLimit(int64(q.Limit)+1))
	rows, err := drain[productRow](ctx, cursor, err, "reading the catalogue")
	if err != nil {
		return page.Page[catalog.Product]{}, err
	}
	return pageOf(rows, q)
}

func pageOf(rows []productRow, q catalog.Query) (page.Page[catalog.Product], error) {
	var p page.Page[catalog.Product]
	more := len(rows) > q.Limit
	if more {
		rows = rows[:q.Limit]
	}
	p.Items = make([]catalog.Product, len(rows))
	for i, row := range rows {
		p.Items[i] = row.Product
	}
	if !more {
		return p, nil
	}
	var err error
	p.Next, err = page.Encode(catalog.Position{Sort: q.Sort, Language: q.Language, After: rows[len(rows)-1].Order.by(q)})
	return p, err
}

func orderOf(q catalog.Query) (field string, direction int) {
	switch q.Sort {
	case catalog.PriceAsc:
		return "order.price", 1
	case catalog.PriceDesc:
		return "order.price", -1
	case catalog.ByTitle:
		return "order.title_" + q.Language, 1
	case catalog.Newest:
	}
	return "order.newest", -1
}

func (o listOrder) by(q catalog.Query) string {
	switch {
	case q.Sort == catalog.PriceAsc || q.Sort == catalog.PriceDesc:
		return o.Price
	case q.Sort == catalog.ByTitle && q.Language == catalog.English:
		return o.TitleEN
	case q.Sort == catalog.ByTitle:
		return o.TitleTR
	}
	return o.Newest
}

func filterOf(q catalog.Query) bson.D {
	filter := bson.D{{Key: "status", Value: catalog.Active}}
	if q.Category != "" {
		filter = append(filter, bson.E{Key: "categories", Value: q.Category})
	}
	price := bson.D{}
	if q.PriceMin > 0 {
		price = append(price, bson.E{Key: "$gte", Value: q.PriceMin})
	}
	if q.PriceMax > 0 {
		price = append(price, bson.E{Key: "$lte", Value: q.PriceMax})
	}
	if len(price) > 0 {
		filter = append(filter, bson.E{Key: "price_from", Value: price})
	}
	words := bson.A{}
	for _, word := range q.Words() {
		words = append(words, bson.D{{Key: "search", Value: bson.Regex{Pattern: " " + regexp.QuoteMeta(word)}}})
	}
	if len(words) > 0 {
		filter = append(filter, bson.E{Key: "$and", Value: words})
	}
	return filter
}
