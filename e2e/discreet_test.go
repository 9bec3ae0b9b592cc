package e2e_test

import "testing"

func TestDiscreet_TakesNoPortForAPostalCode(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`url.full" value:{string_value:"http://127.0.0.1:34437/v2/shipments"`, `server.port" value:{int_value:34437}`, `{"address":"127.0.0.1:34437"}`, `"port":34437`,
	} {
		requireDiscreet(t, text)
	}
}
