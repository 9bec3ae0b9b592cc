// Package wiretest speaks the MongoDB wire protocol by hand, for tests that do
// what no driver does: pipeline, hang up, or never read.
package wiretest

import (
	"encoding/binary"
	"fmt"
	"io"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// MoreToCome is the flag of a request that wants no answer.
const MoreToCome = uint32(2)

const opMsg = 2013

// Request returns an OP_MSG with one section of kind 0.
func Request(id uint32, flags uint32, command bson.D) ([]byte, error) {
	return request(id, flags, command, nil)
}

// RequestAfterSequence returns an OP_MSG whose command comes after a section of
// kind 1, a named sequence of documents.
func RequestAfterSequence(id uint32, command bson.D, name string, docs ...bson.D) ([]byte, error) {
	seq := append([]byte(name), 0)
	for _, d := range docs {
		raw, err := bson.Marshal(d)
		if err != nil {
			return nil, fmt.Errorf("encoding a document of a sequence: %w", err)
		}
		seq = append(seq, raw...)
	}
	section := binary.LittleEndian.AppendUint32([]byte{1}, uint32(len(seq)+4))
	return request(id, 0, command, append(section, seq...))
}

func request(id, flags uint32, command bson.D, before []byte) ([]byte, error) {
	doc, err := bson.Marshal(command)
	if err != nil {
		return nil, fmt.Errorf("encoding a command: %w", err)
	}
	m := make([]byte, 4)
	m = binary.LittleEndian.AppendUint32(m, id)
	m = binary.LittleEndian.AppendUint32(m, 0)
	m = binary.LittleEndian.AppendUint32(m, opMsg)
	m = binary.LittleEndian.AppendUint32(m, flags)
	m = append(m, before...)
	m = append(append(m, 0), doc...)
	binary.LittleEndian.PutUint32(m, uint32(len(m)))
	return m, nil
}

// Answer reads one answer: the id of the request that it answers, and its
// document.
func Answer(r io.Reader) (id uint32, doc bson.M, err error) {
	head := make([]byte, 16)
	if _, err := io.ReadFull(r, head); err != nil {
		return 0, nil, err
	}
	rest := make([]byte, binary.LittleEndian.Uint32(head)-16)
	if _, err := io.ReadFull(r, rest); err != nil {
		return 0, nil, err
	}
	if err := bson.Unmarshal(rest[5:], &doc); err != nil {
		return 0, nil, fmt.Errorf("decoding an answer: %w", err)
	}
	return binary.LittleEndian.Uint32(head[8:]), doc, nil
}
