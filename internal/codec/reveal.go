package codec

import (
	"context"

	commonpb "go.temporal.io/api/common/v1"
	failurepb "go.temporal.io/api/failure/v1"
	"go.temporal.io/api/proxy"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"
)

// Reveal decrypts everything in a message of Temporal's, such as a history, in
// its place: payloads, and the messages of failures. Whoever searches a history
// for something must do this first, or finds nothing ever.
func (c *Codec) Reveal(ctx context.Context, message proto.Message) error {
	dc := converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), c)
	err := proxy.VisitFailures(ctx, message, proxy.VisitFailuresOptions{
		Visitor: func(_ *proxy.VisitFailuresContext, f *failurepb.Failure) error {
			if Encrypted(f.GetEncodedAttributes()) {
				converter.DecodeCommonFailureAttributes(dc, f)
				f.EncodedAttributes = nil
			}
			return nil
		},
	})
	if err != nil {
		return err
	}
	return proxy.VisitPayloads(ctx, message, proxy.VisitPayloadsOptions{
		SkipSearchAttributes: true,
		Visitor: func(_ *proxy.VisitPayloadsContext, payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
			return c.Decode(payloads)
		},
	})
}
