package own

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const parcelNumber = "ord_01JD8Z3Q7W5K9M2N4P6R8T0V1X-parcel-1"

func TestNotePDF_IsAFileThatReadersOpen(t *testing.T) {
	t.Parallel()
	pdf := notePDF(parcelNumber)

	_, tail, found := bytes.Cut(pdf, []byte("startxref\n"))
	require.True(t, found)
	table, err := strconv.Atoi(strings.Fields(string(tail))[0])
	require.NoError(t, err)
	lines := strings.Split(string(pdf[table:]), "\n")
	require.Equal(t, []string{"xref", "0 6"}, lines[:2])
	for i, line := range lines[3:8] {
		at, err := strconv.Atoi(strings.Fields(line)[0])
		require.NoError(t, err)
		require.True(t, bytes.HasPrefix(pdf[at:], fmt.Appendf(nil, "%d 0 obj\n", i+1)), line)
	}
	_, stream, found := bytes.Cut(pdf, []byte("stream\n"))
	require.True(t, found)
	content, _, found := bytes.Cut(stream, []byte("\nendstream"))
	require.True(t, found)
	require.Contains(t, string(pdf), fmt.Sprintf("/Length %d >>", len(content)))
}

func TestNotePDF_DrawsEveryBarAndWritesTheNumberBelow(t *testing.T) {
	t.Parallel()
	pdf := string(notePDF(parcelNumber))

	require.Equal(t, (len(code128(parcelNumber))+1)/2, strings.Count(pdf, " 120 re\n"))
	written := ""
	for _, part := range strings.Split(pdf, "(")[2:] {
		text, _, _ := strings.Cut(part, ")")
		written += text
	}
	require.True(t, strings.HasPrefix(written, parcelNumber), written)
}

func TestNoteZPL_TurnsALongNumberAlongTheLabel(t *testing.T) {
	t.Parallel()

	for number, want := range map[string]string{
		"ord_1-parcel-1":                    "^FO40,300^BY2^BCN,220,Y,N,N^FDord_1-parcel-1^FS",
		parcelNumber:                        "^FO300,210^BY2^BCR,220,Y,N,N^FD" + parcelNumber + "^FS",
		parcelNumber + "-mended-0123456789": "^FO300,210^BY1^BCR,220,Y,N,N^FD" + parcelNumber + "-mended-0123456789^FS",
	} {
		require.Contains(t, string(noteZPL(number)), want)
	}
}

func TestCode128_SymbolsAreElevenModulesAndNoTwoAlike(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}

	for i, s := range symbols[:stop] {
		bars, all := 0, 0
		for j, w := range s {
			all += int(w - '0')
			if j%2 == 0 {
				bars += int(w - '0')
			}
		}
		require.Equal(t, 11, all, i)
		require.Zero(t, bars%2, "the bars of %d take an even number of modules", i)
		require.False(t, seen[s], i)
		seen[s] = true
	}
}

func TestCode128_TheLetterA(t *testing.T) {
	t.Parallel()
	// Start B, A (33), check (104 + 33) % 103 = 34, stop.
	want := symbols[104] + symbols[33] + symbols[34] + "2331112"
	got := ""
	for _, w := range code128("A") {
		got += strconv.Itoa(w)
	}
	require.Equal(t, want, got)
	require.Equal(t, 3*11+13, modules("A"))
}
