package own

// symbols are the widths of bars and spaces of the symbols 0 to 106 of Code 128,
// a bar first (ISO/IEC 15417; en.wikipedia.org/wiki/Code_128 has the table).
var symbols = [107]string{
	"212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213", "221312", "231212",
	"112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132", "221231", "213212", "223112", "312131",
	"311222", "321122", "321221", "312212", "322112", "322211", "212123", "212321", "232121", "111323", "131123", "131321",
	"112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331", "132131", "113123", "113321", "133121",
	"313121", "211331", "231131", "213113", "213311", "213131", "311123", "311321", "331121", "312113", "312311", "332111",
	"314111", "221411", "431111", "111224", "111422", "121124", "121421", "141122", "141221", "112214", "112412", "122114",
	"122411", "142112", "142211", "241211", "221114", "413111", "241112", "134111", "111242", "121142", "121241", "114212",
	"124112", "124211", "411212", "421112", "421211", "212141", "214121", "412121", "111143", "111341", "131141", "114113",
	"114311", "411113", "411311", "113141", "114131", "311141", "411131", "211412", "211214", "211232", "2331112",
}

// startB and stop are the symbols around the letters of code set B.
const (
	startB = 104
	stop   = 106
)

// code128 returns the widths of the bars and spaces, a bar first, of an ASCII text
// in code set B: start, the letters, the check symbol, stop.
func code128(text string) []int {
	values := []int{startB}
	check := startB
	for i, r := range []byte(text) {
		value := int(r) - ' '
		values = append(values, value)
		check += (i + 1) * value
	}
	values = append(values, check%103, stop)
	var widths []int
	for _, v := range values {
		for _, w := range symbols[v] {
			widths = append(widths, int(w-'0'))
		}
	}
	return widths
}

// modules is how many times its thinnest bar a text's code is wide.
func modules(text string) int {
	n := 0
	for _, w := range code128(text) {
		n += w
	}
	return n
}
