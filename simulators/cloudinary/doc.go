// Package cloudinary is a stateful server that speaks the Upload API of Cloudinary,
// and delivers pictures as its CDN does, as strict as Cloudinary itself or stricter:
// what the product's adapter sends to it, it could send to api.cloudinary.com.
//
// It knows signed uploads of private images, sizes that are made eagerly, "explicit",
// "destroy", signed downloads of originals and the delivery of what was made. Answers
// have the fields that cloudinary-go/v2 v2.16.1 reads. Faults, clock, journal and
// books are reached through Go methods or through the control API under /_control/
// (../README.md).
//
// Every rule names Cloudinary's page in a comment. Where the pages are silent the
// comment says "unverified": the stricter or the less convenient reading is then
// taken.
package cloudinary
