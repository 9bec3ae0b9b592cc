package seal_test

import (
	"bytes"
	"fmt"

	"github.com/bedesten/bedesten/internal/seal"
)

func ExampleKeyring_NewKey() {
	ring, err := seal.NewKeyring(seal.Key{ID: "k1", Bytes: bytes.Repeat([]byte("k"), seal.KeyBytes)})
	if err != nil {
		fmt.Println(err)
		return
	}
	key, wrapped, err := ring.NewKey("ord_1")
	if err != nil {
		fmt.Println(err)
		return
	}
	sealed := seal.Seal(key, "orders|contact|ord_1", []byte("Ayşe Yılmaz"))
	// What is stored is wrapped and sealed. To read it:
	key, err = ring.Unwrap("ord_1", wrapped)
	if err != nil {
		fmt.Println(err)
		return
	}
	name, err := seal.Open(key, "orders|contact|ord_1", sealed)
	fmt.Println(string(name), err)
	// Output: Ayşe Yılmaz <nil>
}
