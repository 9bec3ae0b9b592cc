package redis

import (
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/bedesten/bedesten/internal/catalog"
)

const (
	// maxDecoded is how many products a process keeps decoded, and maxDecodedBytes how
	// long their copies may be: some 100 MB in the worst case, 20 MB with products of
	// usual size.
	maxDecoded      = 4_000
	maxDecodedBytes = 16 << 10
)

// decodedProducts are products as they were read last, by their ids. Redis says each time
// what a product is; one whose copy has the same bytes is not decoded again, which is
// most of the work of a list that nobody has asked for before.
type decodedProducts struct {
	kept *lru.Cache[string, decodedProduct]
}

type decodedProduct struct {
	raw   string
	value catalog.Product
}

func newDecodedProducts() decodedProducts {
	kept, err := lru.New[string, decodedProduct](maxDecoded)
	if err != nil {
		panic(err) // of a size that is not positive
	}
	return decodedProducts{kept}
}

// of returns the product that a copy is of. It is shared: nobody may change it.
func (d decodedProducts) of(productID, raw string) (catalog.Product, error) {
	if last, there := d.kept.Get(productID); there && last.raw == raw {
		return last.value, nil
	}
	p, err := decode[catalog.Product](raw)
	if err == nil && len(raw) <= maxDecodedBytes {
		d.kept.Add(productID, decodedProduct{raw, p})
	}
	return p, err
}
