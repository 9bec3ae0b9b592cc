package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/bedesten/bedesten/activities"
	"github.com/bedesten/bedesten/internal/media"
	"github.com/bedesten/bedesten/internal/order"
)

// MediaQueue is the task queue of pictures: unpacking them takes this machine's memory
// and time, and must hold up nothing that somebody waits for.
const MediaQueue = "media"

// PictureID returns the workflow id of a picture.
func PictureID(mediaID string) string { return "media/" + mediaID }

// PictureInput starts a picture's workflow.
type PictureInput struct {
	MediaID string       `json:"media_id"`
	Policy  order.Policy `json:"policy"`
}

// pictures is what activities are named by.
var pictures *activities.Pictures

// AttentionPicture is why a picture needs a person of the shop.
const AttentionPicture = order.StillPicture

// Picture looks at what was uploaded, makes its sizes, and ends with a picture that is
// ready or refused. A storage that is away is waited for.
func Picture(ctx workflow.Context, in PictureInput) (activities.PictureStep, error) {
	policy := in.Policy.Complete()
	input := activities.PictureInput{MediaID: in.MediaID}
	var step activities.PictureStep
	err := insistOn(ctx, MediaQueue, policy, pictureNeeds, pictures.InspectPicture, "InspectPicture", "look at what was uploaded", input, &step)
	if err != nil || step.State != media.Uploaded {
		return step, err
	}
	input.SHA256 = step.SHA256
	step = activities.PictureStep{}
	err = insistOn(ctx, MediaQueue, policy, pictureNeeds, pictures.RenderPicture, "RenderPicture", "make its sizes and keep them", input, &step)
	return step, err
}

func pictureNeeds(ctx workflow.Context, step string) error {
	if step == "" {
		return attention(ctx, "picture-attention", "", "")
	}
	return attention(ctx, "picture-attention", AttentionPicture, step+" fails and is tried until it is done. The failed activity below says why: mend the storage or its key; nothing has to be done here.")
}
