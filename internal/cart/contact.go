package cart

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bedesten/bedesten/internal/fault"
)

// Contact is who receives an order, and where. Phone is kept in E.164.
type Contact struct {
	Name    string  `bson:"name" json:"name"`
	Email   string  `bson:"email" json:"email"`
	Phone   string  `bson:"phone" json:"phone"`
	Address Address `bson:"address" json:"address"`
}

// Address is a Turkish postal address. Country is ISO 3166-1 alpha-2.
type Address struct {
	Line1    string `bson:"line1" json:"line1"`
	Line2    string `bson:"line2" json:"line2"`
	District string `bson:"district" json:"district"`
	Province string `bson:"province" json:"province"`
	Postcode string `bson:"postcode" json:"postcode"`
	Country  string `bson:"country" json:"country"`
}

// Longest texts of a contact, in characters.
const (
	maxName  = 100
	maxEmail = 254
	maxLine  = 200
)

// Tidy returns the contact in the form in which it is kept, or an Invalid
// fault whose detail "field" names what is wrong.
func (c Contact) Tidy() (Contact, error) {
	name, err := PersonName(c.Name)
	if err != nil {
		return c, err
	}
	c.Name, c.Email = name, strings.TrimSpace(c.Email)
	if !emailIsSound(c.Email) {
		return c, invalid("email", "this is not a mail address")
	}
	phone, ok := Phone(c.Phone)
	if !ok {
		return c, invalid("phone", "this is not a Turkish phone number such as +90 532 123 45 67")
	}
	c.Phone = phone
	c.Address, err = c.Address.Tidy()
	return c, err
}

// PersonName returns a name in the form in which it is kept, or an Invalid fault:
// mails greet by it.
func PersonName(name string) (string, error) {
	name = squeeze(name)
	if !within(name, 2, maxName) {
		return "", invalid("name", "a name has 2 to %d characters", maxName)
	}
	if linked(name) {
		return "", invalid("name", "a name has no web address in it")
	}
	return name, nil
}

// Tidy returns the address in the form in which it is kept, or an Invalid
// fault whose detail "field" names what is wrong.
func (a Address) Tidy() (Address, error) {
	a.Line1, a.Line2, a.District = squeeze(a.Line1), squeeze(a.Line2), squeeze(a.District)
	a.Postcode = strings.TrimSpace(a.Postcode)
	if a.Country == "" {
		a.Country = "TR"
	}
	switch {
	case !within(a.Line1, 5, maxLine):
		return a, invalid("address.line1", "the first line of an address has 5 to %d characters", maxLine)
	case !within(a.Line2, 0, maxLine):
		return a, invalid("address.line2", "a line of an address has at most %d characters", maxLine)
	case !within(a.District, 2, maxName):
		return a, invalid("address.district", "a district has 2 to %d characters", maxName)
	case a.Country != "TR":
		return a, invalid("address.country", "we deliver within Turkey (TR) only")
	}
	return a.placed()
}

// placed checks that province, district and postcode belong together.
func (a Address) placed() (Address, error) {
	province, ok := Province(a.Province)
	if !ok {
		return a, invalid("address.province", "this is none of Turkey's 81 provinces: GET /v1/provinces lists them")
	}
	district, ok := District(province, a.District)
	if !ok {
		return a, invalid("address.district", "%s has no such district: take one that GET /v1/provinces lists", province)
	}
	plate, _ := Plate(province)
	if !Postcode(a.Postcode) || !strings.HasPrefix(a.Postcode, plate) {
		return a, invalid("address.postcode", "a postcode has 5 digits, and in %s it begins with %s", province, plate)
	}
	a.Province, a.District = province, district
	return a, nil
}

// Phone returns a Turkish phone number in E.164, such as "+905321234567". It
// takes the ways in which people write one: 0532…, 90532…, 0090…, +90 (532)….
func Phone(s string) (string, bool) {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -.()/+", r) {
			return -1
		}
		return r
	}, strings.TrimSpace(s))
	if strings.HasPrefix(strings.TrimSpace(s), "+") && !strings.HasPrefix(digits, "90") {
		return "", false // another country's
	}
	for _, prefix := range []string{"0090", "90", "0"} {
		if rest, ok := strings.CutPrefix(digits, prefix); ok && len(rest) == 10 {
			digits = rest
			break
		}
	}
	// Area codes begin with 2, 3, 4, mobile ones with 5, toll-free ones with 8.
	if len(digits) != 10 || strings.Trim(digits, "0123456789") != "" || !strings.ContainsRune("23458", rune(digits[0])) {
		return "", false
	}
	return "+90" + digits, true
}

// Postcode reports whether s has the form of a Turkish postcode: five digits,
// of which the first two are a province's number, 01 to 81.
func Postcode(s string) bool {
	if len(s) != 5 || strings.Trim(s, "0123456789") != "" {
		return false
	}
	return s[:2] >= "01" && s[:2] <= "81"
}

func emailIsSound(s string) bool {
	parsed, err := mail.ParseAddress(s)
	if err != nil || parsed.Address != s || parsed.Name != "" || len(s) > maxEmail {
		return false
	}
	// A spreadsheet takes a cell that begins so for a formula.
	if strings.ContainsRune("=+-@", rune(s[0])) || strings.IndexFunc(s, unfit) >= 0 {
		return false
	}
	domain := s[strings.LastIndexByte(s, '@')+1:]
	return strings.Contains(domain, ".") && !strings.HasPrefix(domain, "[")
}

// within also refuses characters that break labels and mails.
func within(s string, least, most int) bool {
	n := utf8.RuneCountInString(s)
	return n >= least && n <= most && utf8.ValidString(s) && strings.IndexFunc(s, unfit) < 0
}

// unfit reports whether r has no place in a name or an address: control and
// format characters, which hide or turn what is read, private use, and code
// points that are no characters. The joiners are letters' own in some scripts.
func unfit(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	if r == nonJoiner || r == joiner {
		return false
	}
	none := r&0xfffe == 0xfffe || r >= 0xfdd0 && r <= 0xfdef
	return none || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co)
}

// linked reports whether s holds a web address. Mails greet by name: with a link
// for a name anybody could have the shop send theirs to anybody else.
func linked(s string) bool {
	s = strings.ToLower(s)
	return strings.Contains(s, "://") || strings.Contains(s, "www.")
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

func invalid(field, format string, args ...any) error {
	return fault.New(fault.Invalid, format, args...).With("field", field)
}
