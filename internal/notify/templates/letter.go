package templates

import "github.com/bedesten/bedesten/internal/notify"

// RenderLetter writes a letter about an account.
func RenderLetter(notify.LetterView) (Rendered, error) { return Rendered{}, nil }
