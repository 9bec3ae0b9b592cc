package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/bedesten/bedesten/internal/fault"
)

// Operator is somebody of the staff: the name that stands beside what is done
// with the key, and the key.
type Operator struct {
	Name string
	Key  string
}

// staff are the operators by the hashes of their keys, so that a comparison takes
// the same time whatever is compared.
type staff []struct {
	name string
	key  [sha256.Size]byte
}

func staffOf(operators []Operator) staff {
	s := make(staff, len(operators))
	for i, o := range operators {
		s[i].name, s[i].key = o.Name, sha256.Sum256([]byte(o.Key))
	}
	return s
}

// named returns the operator whose key was given. Every key is compared, so that
// the time tells nothing of which it was, or how much of it was right.
func (s staff) named(key string) (name string, known bool) {
	given := sha256.Sum256([]byte(key))
	for _, o := range s {
		if subtle.ConstantTimeCompare(given[:], o.key[:]) == 1 {
			name, known = o.name, true
		}
	}
	return name, known
}

// LimitKeys counts the wrong operators' keys of an address.
const LimitKeys = "operator-keys"

// openStaff lets an operator through. Everybody else hears what there is at an
// address with nothing behind it; who keeps trying is slowed down. A right key is
// never refused for somebody else's tries from the same address.
func (a *API) openStaff(c *gin.Context) error {
	scheme, key, _ := strings.Cut(c.GetHeader("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		if name, known := a.staff.named(strings.TrimSpace(key)); known {
			requestOf(c.Request.Context()).operator = name
			return nil
		}
	}
	if err := a.withinRate(c, LimitKeys, a.Limiter); err != nil {
		return err
	}
	return fault.New(fault.NotFound, saidNothingHere)
}
