package search

import "github.com/bedesten/bedesten/internal/catalog"

// pieces parts a title into what the search found in it and what not.
func (r *lookup) pieces(title, language string) []catalog.Piece {
	var pieces []catalog.Piece
	put := func(text string, match bool) {
		switch last := len(pieces) - 1; {
		case text == "":
		case last >= 0 && pieces[last].Match == match:
			pieces[last].Text += text
		default:
			pieces = append(pieces, catalog.Piece{Text: text, Match: match})
		}
	}
	end := 0
	for _, t := range r.ix.lexicon.tokens(title, language) {
		put(title[end:t.start], false)
		put(title[t.start:t.end], r.found(t))
		end = t.end
	}
	put(title[end:], false)
	return pieces
}

// found reports whether the search was led by a word or one of its forms.
func (r *lookup) found(t token) bool {
	if r.touched[t.form] {
		return true
	}
	for _, stem := range t.stems {
		if r.touched[stem] {
			return true
		}
	}
	first, second, ok := parted(t.form)
	return ok && r.touched[first] && r.touched[second]
}
