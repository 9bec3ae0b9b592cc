package sendgrid

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// node is what one place of the body may hold: the types of
// twilio/sendgrid-oai spec/json/tsg_mail_v3.json.
type node struct {
	kind   string // object, array, string, integer, boolean, or texts
	fields map[string]node
	items  *node
}

// texts is an object whose values are all strings. Another value is not named
// in the answer. github.com/sendgrid/sendgrid-nodejs/issues/288
const texts = "texts"

func object(fields map[string]node) node { return node{kind: "object", fields: fields} }

func array(items node) node { return node{kind: "array", items: &items} }

var (
	text    = node{kind: "string"}
	integer = node{kind: "integer"}
	boolean = node{kind: "boolean"}
	address = object(map[string]node{"email": text, "name": text})
	setting = map[string]node{"enable": boolean}
)

// with returns a setting that has more than "enable".
func with(names ...string) node {
	fields := map[string]node{"enable": boolean}
	for _, name := range names {
		fields[name] = text
	}
	return object(fields)
}

var bodySchema = object(map[string]node{
	"personalizations": array(object(map[string]node{
		"to": array(address), "cc": array(address), "bcc": array(address), "from": address, "subject": text,
		"headers": {kind: texts}, "substitutions": {kind: texts}, "custom_args": {kind: texts}, "dynamic_template_data": {kind: "object"},
		"send_at": integer,
	})),
	"from": address, "reply_to": address, "reply_to_list": array(address), "subject": text,
	"content":     array(object(map[string]node{"type": text, "value": text})),
	"attachments": array(object(map[string]node{"content": text, "type": text, "filename": text, "name": text, "disposition": text, "content_id": text})),
	"template_id": text, "sections": {kind: texts}, "headers": {kind: texts}, "categories": array(text), "custom_args": {kind: texts},
	"send_at": integer, "batch_id": text, "ip_pool_name": text,
	"asm": object(map[string]node{"group_id": integer, "groups_to_display": array(integer)}),
	"mail_settings": object(map[string]node{
		"bypass_list_management": object(setting), "bypass_spam_management": object(setting), "bypass_bounce_management": object(setting),
		"bypass_unsubscribe_management": object(setting), "sandbox_mode": object(setting), "footer": with("text", "html"),
	}),
	"tracking_settings": object(map[string]node{
		"click_tracking": object(map[string]node{"enable": boolean, "enable_text": boolean}), "open_tracking": with("substitution_tag"),
		"subscription_tracking": with("text", "html", "substitution_tag"),
		"ganalytics":            with("utm_source", "utm_medium", "utm_term", "utm_content", "utm_campaign"),
	}),
})

// parse reads a body and checks the type of every value in it.
func parse(body []byte) (*sendRequest, *apiError) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return nil, badRequest()
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, badRequest()
	}
	if _, ok := tree.(map[string]any); !ok {
		return nil, badRequest()
	}
	ck := &checker{}
	ck.check(bodySchema, tree, "")
	switch {
	case ck.vague:
		return nil, badRequest()
	case len(ck.errors) > 0:
		return nil, &apiError{status: http.StatusBadRequest, errors: ck.errors}
	}
	var out sendRequest
	if err := json.Unmarshal(body, &out); err != nil {
		return nil, badRequest() // a number that no integer can hold
	}
	return &out, nil
}

// checker collects what is wrong with the types of a body.
type checker struct {
	errors []fieldError
	vague  bool
}

func (ck *checker) check(n node, v any, path string) {
	if n.kind == texts {
		ck.checkTexts(v, path)
		return
	}
	if given := typeOf(v); given != n.kind {
		ck.add(path, fmt.Sprintf("Invalid type. Expected: %s, given: %s.", n.kind, given))
		return
	}
	switch v := v.(type) {
	case map[string]any:
		ck.checkFields(n, v, path)
	case []any:
		for i, item := range v {
			ck.check(*n.items, item, join(path, strconv.Itoa(i)))
		}
	}
}

// checkFields refuses a property that the API does not have. The wording is
// that of the JSON schema library whose "Invalid type" the API answers with
// (unverified). An object without fields may hold anything.
func (ck *checker) checkFields(n node, v map[string]any, path string) {
	if n.fields == nil {
		return
	}
	names := make([]string, 0, len(v))
	for name := range v {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		field, known := n.fields[name]
		if !known {
			ck.add(join(path, name), fmt.Sprintf("Additional property %s is not allowed", name))
			continue
		}
		ck.check(field, v[name], join(path, name))
	}
}

func (ck *checker) checkTexts(v any, path string) {
	m, ok := v.(map[string]any)
	if !ok {
		ck.add(path, fmt.Sprintf("Invalid type. Expected: object, given: %s.", typeOf(v)))
		return
	}
	for _, value := range m {
		if _, ok := value.(string); !ok {
			ck.vague = true
		}
	}
}

func (ck *checker) add(path, message string) {
	ck.errors = append(ck.errors, fieldError{message: message, field: path, help: helpFor(path)})
}

func typeOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return "number"
		}
		return "integer"
	}
	return "object"
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

var index = regexp.MustCompile(`^\d+$`)

// helpFor is the link that goes with a field: its place without the indexes,
// and without the parts of an address. Seen for
// personalizations.0.to.0.email (…#message.personalizations.to), from.email
// (…#message.from), content.0.value (…#message.content.value) and custom_args:
// github.com/sklarsa/django-sendgrid-v5/issues/10 and the issues in errors.go.
func helpFor(path string) string {
	parts := slices.DeleteFunc(strings.Split(path, "."), index.MatchString)
	if len(parts) == 0 {
		return helpBase + "message" // a field at the top whose name is a number
	}
	if last := parts[len(parts)-1]; len(parts) > 1 && (last == "email" || last == "name") && parts[0] != "attachments" {
		parts = parts[:len(parts)-1]
	}
	return helpBase + "message." + strings.Join(parts, ".")
}
