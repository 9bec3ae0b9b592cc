package gate

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/bedesten/bedesten/devstack/internal/wiretest"
)

func TestMessage_IsWrite(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name    string
		command bson.D
		write   bool
	}{
		{"find reads", bson.D{{Key: "find", Value: "orders"}}, false},
		{"hello reads", bson.D{{Key: "hello", Value: 1}, {Key: "update", Value: "x"}}, false},
		{"listIndexes reads", bson.D{{Key: "listIndexes", Value: "orders"}}, false},
		{"update writes", bson.D{{Key: "update", Value: "orders"}}, true},
		{"findAndModify writes", bson.D{{Key: "findAndModify", Value: "orders"}}, true},
		{"createIndexes writes", bson.D{{Key: "createIndexes", Value: "orders"}}, true},
		{"what is not known writes", bson.D{{Key: "bulkWrite", Value: 1}}, true},
		{"an empty command writes", bson.D{}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			m, err := wiretest.Request(1, 0, tt.command)
			require.NoError(t, err)
			require.Equal(t, tt.write, message(m).isWrite())

			m, err = wiretest.RequestAfterSequence(1, tt.command, "documents", bson.D{{Key: "find", Value: 1}})
			require.NoError(t, err)
			require.Equal(t, tt.write, message(m).isWrite(), "after a sequence of documents")
		})
	}
}

func TestMessage_OtherOpCodes(t *testing.T) {
	t.Parallel()

	m, err := wiretest.Request(1, 0, bson.D{{Key: "update", Value: "orders"}})
	require.NoError(t, err)
	m[12], m[13] = 0xd4, 0x07 // OP_QUERY
	require.False(t, message(m).isWrite())
	m[12], m[13] = 0xdc, 0x07 // OP_COMPRESSED: who knows what is in it
	require.True(t, message(m).isWrite())
}

func FuzzMessage_Command(f *testing.F) {
	plain, err := wiretest.Request(7, 0, bson.D{{Key: "find", Value: "orders"}})
	require.NoError(f, err)
	seq, err := wiretest.RequestAfterSequence(7, bson.D{{Key: "insert", Value: "orders"}}, "documents", bson.D{})
	require.NoError(f, err)
	f.Add(plain)
	f.Add(seq)

	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := readMessage(bytes.NewReader(b))
		if err != nil {
			return
		}
		require.Equal(t, len(m), int(uint32(b[0])|uint32(b[1])<<8|uint32(b[2])<<16|uint32(b[3])<<24))
		m.isWrite()
		m.wantsNoAnswer()
	})
}
