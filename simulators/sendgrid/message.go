package sendgrid

import (
	"maps"
	"strings"
)

// sendRequest is the body of a call. Pointers tell what is absent from what is
// empty. twilio.com/docs/sendgrid/api-reference/mail-send/mail-send
type sendRequest struct {
	Personalizations []personalization `json:"personalizations"`
	From             *mailbox          `json:"from"`
	ReplyTo          *mailbox          `json:"reply_to"`
	ReplyToList      []mailbox         `json:"reply_to_list"`
	Subject          *string           `json:"subject"`
	Content          []content         `json:"content"`
	Attachments      []attachment      `json:"attachments"`
	TemplateID       string            `json:"template_id"`
	Sections         map[string]string `json:"sections"`
	Headers          map[string]string `json:"headers"`
	Categories       []string          `json:"categories"`
	CustomArgs       map[string]string `json:"custom_args"`
	SendAt           int64             `json:"send_at"`
	BatchID          string            `json:"batch_id"`
	IPPool           *string           `json:"ip_pool_name"`
	Asm              *struct {
		GroupID int64 `json:"group_id"`
	} `json:"asm"`
	MailSettings     map[string]enabled `json:"mail_settings"`
	TrackingSettings map[string]enabled `json:"tracking_settings"`
}

type personalization struct {
	To            []mailbox         `json:"to"`
	Cc            []mailbox         `json:"cc"`
	Bcc           []mailbox         `json:"bcc"`
	From          *mailbox          `json:"from"`
	Subject       *string           `json:"subject"`
	Headers       map[string]string `json:"headers"`
	Substitutions map[string]string `json:"substitutions"`
	CustomArgs    map[string]string `json:"custom_args"`
	TemplateData  map[string]any    `json:"dynamic_template_data"`
	SendAt        int64             `json:"send_at"`
}

type mailbox struct {
	Email *string `json:"email"`
	Name  string  `json:"name"`
}

type content struct {
	Type  *string `json:"type"`
	Value *string `json:"value"`
}

type attachment struct {
	Content     *string `json:"content"`
	Type        *string `json:"type"`
	Filename    *string `json:"filename"`
	Disposition string  `json:"disposition"`
	ContentID   string  `json:"content_id"`
}

type enabled struct {
	Enable *bool `json:"enable"`
}

// Address is a mail address with the name that stands beside it.
type Address struct {
	Email string `json:"email"`
	Name  string `json:"name,omitempty"`
}

func (m *mailbox) address() Address {
	if m == nil {
		return Address{}
	}
	return Address{Email: deref(m.Email), Name: m.Name}
}

func addresses(list []mailbox) []Address {
	out := make([]Address, 0, len(list))
	for i := range list {
		out = append(out, list[i].address())
	}
	return out
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// customArgs are the arguments of a personalization over those of the message.
// twilio.com/docs/sendgrid/api-reference/mail-send/errors (personalizations.custom_args)
func (r *sendRequest) customArgs(p personalization) map[string]string {
	return merged(r.CustomArgs, p.CustomArgs)
}

func merged(under, over map[string]string) map[string]string {
	out := maps.Clone(under)
	if out == nil {
		out = map[string]string{}
	}
	maps.Copy(out, over)
	return out
}

// sandboxed mail is checked and not sent.
// twilio.com/docs/sendgrid/for-developers/sending-email/sandbox-mode
func (r *sendRequest) sandboxed() bool { return isOn(r.MailSettings["sandbox_mode"], false) }

func isOn(e enabled, otherwise bool) bool {
	if e.Enable == nil {
		return otherwise
	}
	return *e.Enable
}

// body returns the content of one type, with the personalization's substitutions.
func (r *sendRequest) body(kind string, p personalization) string {
	for _, c := range r.Content {
		if strings.EqualFold(deref(c.Type), kind) {
			return p.substitute(deref(c.Value))
		}
	}
	return ""
}

// substitute puts the values in the place of their tags.
// twilio.com/docs/sendgrid/for-developers/sending-email/substitution-tags
func (p personalization) substitute(s string) string {
	if len(p.Substitutions) == 0 {
		return s
	}
	pairs := make([]string, 0, 2*len(p.Substitutions))
	for tag, value := range p.Substitutions {
		if tag != "" {
			pairs = append(pairs, tag, value)
		}
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

// subject is the personalization's own, else that of the message.
func (r *sendRequest) subject(p personalization) string {
	if p.Subject != nil {
		return p.substitute(*p.Subject)
	}
	return p.substitute(deref(r.Subject))
}
