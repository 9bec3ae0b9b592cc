package codec_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/proto"

	"github.com/bedesten/bedesten/internal/codec"
	"github.com/bedesten/bedesten/internal/seal"
)

const resident = "Işıl Özgür, Şair Nedim Caddesi No: 8"

func codecOf(t *testing.T, ids ...string) *codec.Codec {
	t.Helper()
	keys := make([]seal.Key, len(ids))
	for i, id := range ids {
		keys[i] = seal.Key{ID: id, Bytes: bytes.Repeat([]byte(id[1:]), seal.KeyBytes)}
	}
	c, err := codec.New(keys...)
	require.NoError(t, err)
	return c
}

func payload(t *testing.T, dc converter.DataConverter, value any) *commonpb.Payload {
	t.Helper()
	p, err := dc.ToPayload(value)
	require.NoError(t, err)
	return p
}

func TestCodec_NobodyReadsAPayloadWithoutItsKey(t *testing.T) {
	t.Parallel()
	c := codecOf(t, "p1")
	p := payload(t, c.DataConverter(), map[string]string{"name": resident})
	require.Equal(t, codec.Encoding, string(p.GetMetadata()["encoding"]))
	require.Equal(t, "p1", string(p.GetMetadata()["encryption-key-id"]))
	require.NotContains(t, string(p.GetData()), "Nedim")
	require.NotContains(t, string(p.GetData()), "json/plain", "what it was is not told either")
	var read map[string]string
	require.NoError(t, c.DataConverter().FromPayload(p, &read))
	require.Equal(t, resident, read["name"])

	require.ErrorContains(t, codecOf(t, "p2").DataConverter().FromPayload(p, &read), `"p1"`)
	require.ErrorContains(t, converterWithout(t).FromPayload(p, &read), `"p1"`)
	changed := proto.CloneOf(p)
	changed.Data[len(changed.Data)-1] ^= 1
	err := c.DataConverter().FromPayload(changed, &read)
	require.Error(t, err)
	require.NotContains(t, err.Error(), "Nedim")
}

// converterWithout decodes with a codec that has no keys.
func converterWithout(t *testing.T) converter.DataConverter {
	t.Helper()
	return converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), codecOf(t))
}

func TestCodec_RotatesByPuttingANewKeyFirst(t *testing.T) {
	t.Parallel()
	old := payload(t, codecOf(t, "p1").DataConverter(), resident)
	rolled := codecOf(t, "p2", "p1")
	var read string
	require.NoError(t, rolled.DataConverter().FromPayload(old, &read))
	require.Equal(t, resident, read)
	require.Equal(t, "p2", string(payload(t, rolled.DataConverter(), resident).GetMetadata()[codec.KeyID]))
}

func TestCodec_WhatWasNeverEncryptedPasses(t *testing.T) {
	t.Parallel()
	plain := payload(t, converter.GetDefaultDataConverter(), resident)
	for _, c := range []*codec.Codec{codecOf(t, "p1"), codecOf(t)} {
		var read string
		require.NoError(t, c.DataConverter().FromPayload(plain, &read))
		require.Equal(t, resident, read, "an order of before, or an operator's command from the UI")
	}
	require.True(t, proto.Equal(plain, payload(t, codecOf(t).DataConverter(), resident)), "without keys everything stays readable")
}

func TestCodec_EncryptsFailuresAndLeavesTheirTypes(t *testing.T) {
	t.Parallel()
	c := codecOf(t, "p1")
	cause := errors.New("no such street: " + resident)
	f := c.FailureConverter().ErrorToFailure(temporal.NewNonRetryableApplicationError("bad address: "+resident, "invalid", cause, resident))
	raw, err := proto.Marshal(f)
	require.NoError(t, err)
	require.NotContains(t, string(raw), "Nedim")
	require.Equal(t, "invalid", f.GetApplicationFailureInfo().GetType(), "what a retry policy goes by")

	back := c.FailureConverter().FailureToError(proto.CloneOf(f))
	var application *temporal.ApplicationError
	require.ErrorAs(t, back, &application)
	require.Contains(t, application.Error(), resident)
	var detail string
	require.NoError(t, application.Details(&detail))
	require.Equal(t, resident, detail)

	older := converterFailure(t)
	require.Contains(t, c.FailureConverter().FailureToError(older).Error(), resident, "a failure of before")
}

func converterFailure(t *testing.T) *failurepb.Failure {
	t.Helper()
	return codecOf(t).FailureConverter().ErrorToFailure(errors.New(resident))
}

// history holds the resident's name wherever one could be planted.
func history(t *testing.T, c *codec.Codec) *historypb.History {
	t.Helper()
	dc := c.DataConverter()
	one := payload(t, dc, resident)
	many := &commonpb.Payloads{Payloads: []*commonpb.Payload{one}}
	failure := c.FailureConverter().ErrorToFailure(errors.New(resident))
	return &historypb.History{Events: []*historypb.HistoryEvent{
		{
			UserMetadata: &sdkpb.UserMetadata{Summary: one, Details: one},
			Attributes: &historypb.HistoryEvent_WorkflowExecutionStartedEventAttributes{WorkflowExecutionStartedEventAttributes: &historypb.WorkflowExecutionStartedEventAttributes{
				Input: many, Memo: &commonpb.Memo{Fields: map[string]*commonpb.Payload{"note": one}},
				ContinuedFailure: failure,
				SearchAttributes: &commonpb.SearchAttributes{IndexedFields: map[string]*commonpb.Payload{"OrderStatus": payload(t, converter.GetDefaultDataConverter(), "placed")}},
			}},
		},
		{Attributes: &historypb.HistoryEvent_WorkflowExecutionUpdateAcceptedEventAttributes{WorkflowExecutionUpdateAcceptedEventAttributes: &historypb.WorkflowExecutionUpdateAcceptedEventAttributes{
			AcceptedRequest: &updatepb.Request{Input: &updatepb.Input{Name: "cancel", Args: many}},
		}}},
		{Attributes: &historypb.HistoryEvent_ActivityTaskFailedEventAttributes{ActivityTaskFailedEventAttributes: &historypb.ActivityTaskFailedEventAttributes{
			Failure: failure,
		}}},
	}}
}

func TestReveal_FindsWhateverWasPlantedInAHistory(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]*codec.Codec{"encrypted": codecOf(t, "p1"), "plain": codecOf(t)} {
		h := history(t, c)
		raw, err := proto.Marshal(h)
		require.NoError(t, err)
		require.Equal(t, name == "plain", strings.Contains(string(raw), resident))
		require.NoError(t, codecOf(t, "p1").Reveal(t.Context(), h))
		raw, err = proto.Marshal(h)
		require.NoError(t, err)
		require.Equal(t, 7, strings.Count(string(raw), resident), "%s: input, memo, summary, details, update and two failures", name)
		require.NotContains(t, string(raw), codec.Encoding, name)
		require.NotContains(t, string(raw), "Encoded failure", name)
		require.Contains(t, string(raw), `"placed"`)
	}
	require.ErrorContains(t, codecOf(t, "p2").Reveal(t.Context(), history(t, codecOf(t, "p1"))), `"p1"`, "it does not pass over what it cannot read")
}

func TestHandler_DecodesForThePagesOfTemporalsUI(t *testing.T) {
	t.Parallel()
	c := codecOf(t, "p1")
	const ui = "https://temporal.dukkan.example"
	server := httptest.NewServer(http.StripPrefix("/v1/codec", c.Handler(codec.HandlerOptions{Namespace: "bedesten", Origins: []string{ui}})))
	t.Cleanup(server.Close)
	remote := func(headers map[string]string) converter.PayloadCodec {
		return converter.NewRemotePayloadCodec(converter.RemotePayloadCodecOptions{Endpoint: server.URL + "/v1/codec", ModifyRequest: func(r *http.Request) error {
			for name, value := range headers {
				r.Header.Set(name, value)
			}
			return nil
		}})
	}
	plain := payload(t, converter.GetDefaultDataConverter(), resident)
	asked := []*commonpb.Payload{plain, payload(t, c.DataConverter(), resident)}
	for _, headers := range []map[string]string{nil, {"X-Namespace": "bedesten"}, {"X-Namespace": "bedesten", "Origin": ui}} {
		decoded, err := remote(headers).Decode(asked)
		require.NoError(t, err)
		require.Len(t, decoded, 2)
		for _, p := range decoded {
			require.True(t, proto.Equal(plain, p))
		}
		encoded, err := remote(headers).Encode([]*commonpb.Payload{plain})
		require.NoError(t, err)
		require.True(t, codec.Encrypted(encoded[0]))
	}
	for _, headers := range []map[string]string{{"X-Namespace": "baska"}, {"Origin": "https://kotu.example"}, {"Origin": "null"}} {
		_, err := remote(headers).Decode(asked)
		require.Error(t, err, headers)
	}
}

func TestHandler_AnswersABrowsersPreflight(t *testing.T) {
	t.Parallel()
	const ui = "https://temporal.dukkan.example"
	handler := codecOf(t, "p1").Handler(codec.HandlerOptions{Namespace: "bedesten", Origins: []string{ui}})
	ask := func(method, origin, body string) *http.Response {
		r := httptest.NewRequestWithContext(t.Context(), method, "/decode", strings.NewReader(body))
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w.Result()
	}
	preflight := ask(http.MethodOptions, ui, "")
	require.Equal(t, http.StatusNoContent, preflight.StatusCode)
	require.Equal(t, ui, preflight.Header.Get("Access-Control-Allow-Origin"))
	require.Equal(t, "true", preflight.Header.Get("Access-Control-Allow-Credentials"))
	require.Contains(t, preflight.Header.Get("Access-Control-Allow-Headers"), "X-Namespace")
	require.Equal(t, http.StatusForbidden, ask(http.MethodOptions, "https://kotu.example", "").StatusCode)
	require.Equal(t, http.StatusBadRequest, ask(http.MethodPost, ui, "bozuk").StatusCode)
	require.Equal(t, http.StatusNotFound, ask(http.MethodGet, ui, "").StatusCode)
	require.Equal(t, http.StatusBadRequest, ask(http.MethodPost, "", `{"payloads":[{"data":"`+strings.Repeat("A", 17<<20)+`"}]}`).StatusCode)
}

func BenchmarkCodec(b *testing.B) {
	c, err := codec.New(seal.Key{ID: "p1", Bytes: bytes.Repeat([]byte("p"), seal.KeyBytes)})
	require.NoError(b, err)
	p, err := converter.GetDefaultDataConverter().ToPayload(strings.Repeat(resident, 20))
	require.NoError(b, err)
	for b.Loop() {
		encoded, err := c.Encode([]*commonpb.Payload{p})
		require.NoError(b, err)
		_, err = c.Decode(encoded)
		require.NoError(b, err)
	}
}
