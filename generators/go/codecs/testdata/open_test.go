package open

import (
	"encoding/json"
	"fmt"
	"rapace"
	"rapace-codecs/check"
	"testing"
)

var (
	formats = check.Codec[Format]{
		Encode: func(e *rapace.Encoder, v *Format) error { encodeFormat(e, *v); return nil },
		Decode: decodeFormat,
	}
	changes = check.ByValue(encodeChange, decodeChange)
)

func TestUnknownVariantsAreKept(t *testing.T) {
	formats.BothWays(t, FormatEbook, "\x01")
	formats.BothWays(t, Format(2), "\x02")
	formats.BothWays(t, Format(300), "\xac\x02")
	formats.BothWays(t, Format(4294967295), "\xff\xff\xff\xff\x0f")
	formats.RefusesToDecode(t, "\x80\x80\x80\x80\x10", 0, "",
		"variant 4294967296 is unknown, and the greatest that is kept is 4294967295")
	third := Format(3)
	changes.BothWays(t, ChangeFrom{Before: 2, After: &third}, "\x02\x02\x01\x03")
	changes.RefusesToDecode(t, "\x03", 0, "", "variant 3 is unknown: the enum has 3")
}

func TestUnknownVariantsInText(t *testing.T) {
	if got := fmt.Sprint(FormatEbook, Format(7), FormatEbook.IsKnown(), Format(2).IsKnown()); got != "Ebook Format(7) true false" {
		t.Error(got)
	}
	book := Book{Stock: map[Format]uint32{9: 1}, Kinds: rapace.NewSet(Format(2))}
	text, err := json.Marshal(book)
	if err != nil {
		t.Fatal(err)
	}
	var back Book
	if err := json.Unmarshal(text, &back); err != nil || back.Stock[9] != 1 || !back.Kinds.Has(2) {
		t.Errorf("%s became %+v, %v", text, back, err)
	}
	if err := json.Unmarshal([]byte("1"), &back.Format); err == nil || err.Error() != "1 is the variant Ebook: write its name" {
		t.Error(err)
	}
}
