package page_test

import (
	"testing"

	"github.com/bedesten/bedesten/internal/page"
)

type place struct {
	Title string `json:"t"`
	ID    string `json:"i"`
}

func BenchmarkEncode(b *testing.B) {
	at := place{"Çelik çaydanlık", "prd_01jd7v3q9v5m8f2k6n4p0r1s2t"}
	for b.Loop() {
		if _, err := page.Encode(at); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	cursor, err := page.Encode(place{"Çelik çaydanlık", "prd_01jd7v3q9v5m8f2k6n4p0r1s2t"})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		var at place
		if err := page.Decode(cursor, &at); err != nil {
			b.Fatal(err)
		}
	}
}
