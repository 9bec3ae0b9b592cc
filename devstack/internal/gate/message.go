package gate

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Sizes and codes of the MongoDB wire protocol:
// https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
const (
	headerLen  = 16
	minMessage = headerLen + 5  // the least that any message needs
	maxMessage = 48_000_000     // maxMessageSizeBytes
	opQuery    = 2004           // the first hello of a driver
	opMsg      = 2013           // everything else
	moreToCome = uint32(1) << 1 // flag of OP_MSG: the sender wants no answer
	flagsLen   = 4              // flag bits of OP_MSG, after the header
	sectionDoc = byte(0)        // the section that holds the command
	sectionSeq = byte(1)        // a sequence of documents, before or after it
)

// reads are the commands that change nothing. Everything else is a write, also
// what this list does not know.
var reads = map[string]bool{
	"hello": true, "ismaster": true, "isMaster": true, "ping": true,
	"buildInfo": true, "buildinfo": true, "find": true, "getMore": true,
	"killCursors": true, "count": true, "distinct": true, "aggregate": true,
	"explain": true, "listCollections": true, "listDatabases": true,
	"listIndexes": true, "listCommands": true, "endSessions": true,
	"serverStatus": true, "collStats": true, "dbStats": true,
	"getParameter": true, "hostInfo": true, "connectionStatus": true,
	"whatsmyuri": true, "saslStart": true, "saslContinue": true,
}

// errMessage is a message that breaks the wire protocol.
var errMessage = errors.New("malformed message")

// message is one whole message with its header.
type message []byte

// readMessage reads one message to its end.
func readMessage(r io.Reader) (message, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(head[:])
	if n < minMessage || n > maxMessage {
		return nil, fmt.Errorf("%w: length %d", errMessage, n)
	}
	m := make(message, n)
	copy(m, head[:])
	if _, err := io.ReadFull(r, m[len(head):]); err != nil {
		return nil, fmt.Errorf("reading a message of %d bytes: %w", n, err)
	}
	return m, nil
}

func (m message) opCode() uint32 { return binary.LittleEndian.Uint32(m[12:headerLen]) }

// wantsNoAnswer is true for a write with w:0.
func (m message) wantsNoAnswer() bool {
	return m.opCode() == opMsg && binary.LittleEndian.Uint32(m[headerLen:])&moreToCome != 0
}

// isWrite is true unless the message is known to change nothing.
func (m message) isWrite() bool {
	switch m.opCode() {
	case opQuery:
		return false
	case opMsg:
		return !reads[m.command()]
	}
	return true
}

// command returns the first key of the command document, or "" if there is none.
func (m message) command() string {
	rest := m[headerLen+flagsLen:]
	for len(rest) > 5 && rest[0] == sectionSeq {
		size := binary.LittleEndian.Uint32(rest[1:5])
		if size < 4 || uint64(size) > uint64(len(rest)-1) {
			return ""
		}
		rest = rest[1+size:]
	}
	// A section of kind 0 is a document: its length, then a type and a key.
	const key = 1 + 4 + 1
	if len(rest) <= key || rest[0] != sectionDoc {
		return ""
	}
	end := bytes.IndexByte(rest[key:], 0)
	if end < 0 {
		return ""
	}
	return string(rest[key : key+end])
}
