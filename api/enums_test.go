package api_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/bedesten/bedesten/internal/identity"
	"github.com/bedesten/bedesten/internal/terms"
)

// enumsOf finds every enum below a node of the document that has two of the words, by
// where it stands: one alone may be another's too, as "marketing" is a role and a text.
func enumsOf[W ~string](node any, words []W, where string, found map[string][]string) {
	switch n := node.(type) {
	case map[string]any:
		for name, inner := range n {
			if list, isList := inner.([]any); isList && name == "enum" {
				noteEnum(list, words, where, found)
				continue
			}
			enumsOf(inner, words, where+"/"+name, found)
		}
	case []any:
		for i, inner := range n {
			if named, ok := inner.(map[string]any); ok && named["name"] != nil {
				enumsOf(inner, words, fmt.Sprint(where, "/", named["name"]), found)
				continue
			}
			enumsOf(inner, words, fmt.Sprint(where, "/", i), found)
		}
	}
}

func noteEnum[W ~string](list []any, words []W, where string, found map[string][]string) {
	all, theirs := make([]string, len(list)), 0
	for i, word := range list {
		all[i] = fmt.Sprint(word)
		if slices.Contains(words, W(all[i])) {
			theirs++
		}
	}
	if theirs > 1 {
		found[where] = all
	}
}

func texts[W ~string](words []W) []string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	return all
}

func TestDocument_NamesTheRolesThatThereAre(t *testing.T) {
	t.Parallel()
	found := map[string][]string{}
	enumsOf(newRig(t).document(t), identity.Roles, "", found)
	all := texts(identity.Roles)
	require.Equal(t, map[string][]string{
		"/components/schemas/NewStaffInputBody/properties/role":   all,
		"/components/schemas/PatchStaffInputBody/properties/role": all,
	}, found)
}

func TestDocument_NamesTheTextsThatEachRouteTakes(t *testing.T) {
	t.Parallel()
	found := map[string][]string{}
	enumsOf(newRig(t).document(t), terms.Kinds, "", found)
	all, accepted, consented := texts(terms.Kinds), texts(terms.ToAccept), texts(terms.ToConsent)
	const schemas = "/components/schemas/"
	require.Equal(t, map[string][]string{
		schemas + "TermsView/properties/kind":            all,
		schemas + "VersionView/properties/kind":          all,
		schemas + "StaffVersionView/properties/kind":     all,
		schemas + "AcceptedView/properties/kind":         all,
		schemas + "AcceptedBody/properties/kind":         accepted,
		schemas + "GiveConsentInputBody/properties/kind": consented,

		"/paths//v1/account/consents/{kind}/delete/parameters/kind/schema": consented,
		"/paths//v1/staff/terms/{kind}/get/parameters/kind/schema":         all,
		"/paths//v1/staff/terms/{kind}/post/parameters/kind/schema":        all,
		"/paths//v1/terms/{kind}/{number}/get/parameters/kind/schema":      all,
		"/paths//v1/terms/{kind}/{number}/text/get/parameters/kind/schema": all,
	}, found)
}

func TestTerms_AreEachForACheckoutOrForItsReadersConsent(t *testing.T) {
	t.Parallel()
	require.ElementsMatch(t, terms.Kinds, slices.Concat(terms.ToAccept, terms.ToConsent))
}
