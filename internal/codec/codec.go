// Package codec encrypts what Temporal keeps of workflows: inputs, results,
// updates, signals, memos, summaries, details and the messages of failures.
// Nothing personal is among them; this is the second line. Temporal itself reads
// only what stays plain: ids, names, search attributes and the types of failures.
package codec

import (
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/proto"

	"github.com/bedesten/bedesten/internal/seal"
)

// Encoding is how an encrypted payload calls itself, and KeyID the metadata that
// names the key that opens it. Both are what Temporal's own samples use.
const (
	Encoding = "binary/encrypted"
	KeyID    = "encryption-key-id"
)

// about is what every payload is bound to: one that a key sealed for something
// else does not open as one.
const about = "temporal payload"

var _ converter.PayloadCodec = (*Codec)(nil)

// Codec encrypts payloads with AES-256-GCM. Without keys it leaves them as they
// are, for machines that sell nothing. Either way payloads that were never
// encrypted pass: orders of before it run on, and an operator's command from
// Temporal's UI arrives in plain.
type Codec struct{ ring *seal.Keyring }

// New returns a codec whose first key encrypts; all of them decrypt.
func New(keys ...seal.Key) (*Codec, error) {
	if len(keys) == 0 {
		return &Codec{}, nil
	}
	ring, err := seal.NewKeyring(keys...)
	if err != nil {
		return nil, err
	}
	return &Codec{ring}, nil
}

// DataConverter is the SDK's own, with everything encrypted.
func (c *Codec) DataConverter() converter.DataConverter {
	if c.ring == nil {
		return converter.GetDefaultDataConverter()
	}
	return converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), c)
}

// FailureConverter encrypts the message and the stack of failures too.
func (c *Codec) FailureConverter() converter.FailureConverter {
	return temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
		DataConverter: c.DataConverter(), EncodeCommonAttributes: c.ring != nil,
	})
}

// Encode encrypts payloads, their metadata with them.
func (c *Codec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	if c.ring == nil {
		return payloads, nil
	}
	encoded := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		plain, err := proto.Marshal(p)
		if err != nil {
			return nil, fmt.Errorf("writing a payload: %w", err)
		}
		sealed := c.ring.Seal(about, plain)
		encoded[i] = &commonpb.Payload{
			Metadata: map[string][]byte{converter.MetadataEncoding: []byte(Encoding), KeyID: []byte(sealed.KeyID)}, Data: sealed.Bytes,
		}
	}
	return encoded, nil
}

// Decode decrypts payloads that were encrypted and leaves others alone.
func (c *Codec) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	decoded := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		var err error
		if decoded[i], err = c.decode(p); err != nil {
			return nil, err
		}
	}
	return decoded, nil
}

func (c *Codec) decode(p *commonpb.Payload) (*commonpb.Payload, error) {
	if !Encrypted(p) {
		return p, nil
	}
	keyID := string(p.GetMetadata()[KeyID])
	if c.ring == nil || !c.ring.Has(keyID) {
		return nil, fmt.Errorf("a payload was encrypted with the key %q: put it back into BEDESTEN_PAYLOAD_KEYS, behind the first", keyID)
	}
	plain, err := c.ring.Open(about, seal.Sealed{KeyID: keyID, Bytes: p.GetData()})
	if err != nil {
		return nil, fmt.Errorf("decrypting a payload: %w", err)
	}
	var decoded commonpb.Payload
	if err := proto.Unmarshal(plain, &decoded); err != nil {
		return nil, fmt.Errorf("reading a payload that was decrypted: %w", err)
	}
	return &decoded, nil
}

// Encrypted reports whether the payload is one of Encode.
func Encrypted(p *commonpb.Payload) bool {
	return string(p.GetMetadata()[converter.MetadataEncoding]) == Encoding
}
