package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/fault"
)

func TestRefuseTwins(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body string
		code       fault.Code
	}{
		{"each once", `{"sku":"A","quantity":1}`, ""},
		{"the same name in two objects", `{"a":{"x":1},"b":{"x":1},"c":[{"x":1},{"x":1}]}`, ""},
		{"a name that is also a value", `{"a":"b","b":"a","c":["a","a"]}`, ""},
		{"twice", `{"quantity":1,"quantity":7}`, fault.Invalid},
		{"in two cases", `{"quantity":1,"Quantity":7}`, fault.Invalid},
		{"by a letter that folds to ASCII", `{"sku":"A","s\u212au":"B"}`, fault.Invalid},
		{"written in escapes", `{"quantity":1,"quantit\u0079":7}`, fault.Invalid},
		{"an object twice", `{"address":{"line1":"4242424242424242"},"address":{}}`, fault.Invalid},
		{"deep inside", `{"a":[1,{"b":{"c":1,"d":[],"C":2}}]}`, fault.Invalid},
		{"after a value of the same name", `{"a":"b","b":1,"a":2}`, fault.Invalid},
		{"a card number", `{"a":{"4242424242424242":1,"4242424242424242":1},"a":{}}`, fault.CardNumber},
		{"what is not JSON", `{"a":`, ""},
		{"nothing", ``, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := refuseTwins([]byte(tt.body))
			if tt.code == "" {
				require.NoError(t, err)
				return
			}
			require.Equal(t, tt.code, fault.CodeOf(err))
			require.NotContains(t, err.Error(), "4242")
		})
	}
}
