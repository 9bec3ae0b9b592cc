// Package sendgrid is a stateful server that speaks the wire format of
// SendGrid's v3 mail send, as strict as SendGrid itself: what the product's
// adapter sends to it, it could send to api.sendgrid.com.
//
// It checks every field with SendGrid's own messages, never deduplicates (the
// same request twice is two mails, for SendGrid knows no idempotency key), keeps
// a bounce list, lets mails be delivered, deferred, bounced and dropped by the
// recipient's address (fates.go), and tells of it through the signed event
// webhook, in batches. An inbox page shows what was sent. Faults, clock, journal
// and mails are reached through Go methods or through the control API under
// /_control/ (../README.md).
//
// Every rule names SendGrid's page in a comment. Where the pages are silent the
// comment says "unverified": the stricter or the less convenient reading is then
// taken.
package sendgrid
