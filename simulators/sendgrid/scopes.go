package sendgrid

import "net/http"

// listScopes says what the key may do: the answer to whether a key is known that
// sends nothing. An account's own keys have more scopes; here they have what the
// simulator serves.
// twilio.com/docs/sendgrid/api-reference/api-key-permissions/retrieve-a-list-of-scopes-for-which-this-user-has-access
func (s *Server) listScopes(c *call) answer {
	c.entry.Operation = operations[scopesPath]
	if c.r.Method != http.MethodGet {
		return failed(plain(http.StatusMethodNotAllowed, "method not allowed"))
	}
	if fail := s.authenticate(c.r); fail != nil {
		return failed(fail)
	}
	s.takeAim(c)
	if front := s.frontFault(c); front != nil {
		return failed(front)
	}
	scopes := []string{operations[sendPath]}
	if s.isUnscoped(c.r) {
		scopes = []string{"stats.read"}
	}
	return answer{status: http.StatusOK, body: encode(map[string]any{"scopes": scopes})}
}
