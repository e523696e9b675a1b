package options

import (
	"rapace"
	"rapace-codecs/check"
	"testing"
)

var options = check.Codec[Options]{encodeOptions, decodeOptions}

func TestOptions(t *testing.T) {
	none := Options{ListOf: []*string{}, Map: map[string]rapace.Option[*int64]{}}
	options.BothWays(t, none, "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")

	some := none
	some.Scalar = rapace.Ptr[uint32](300)
	some.Text = rapace.Ptr("")
	some.Nested = rapace.Some[*uint32](nil)
	some.Thrice = rapace.Some(rapace.Some[*bool](nil))
	some.Nothing = &struct{}{}
	some.Kind = KindA{}
	some.Record = &Record{5}
	some.List = rapace.Some([]uint8{})
	some.Bytes = rapace.Some([]byte{1})
	some.ListOf = []*string{nil, rapace.Ptr("x")}
	some.Newtype = &Maybe{}
	some.Map = map[string]rapace.Option[*int64]{
		"none": rapace.None[*int64](), "some none": rapace.Some[*int64](nil), "some": rapace.Some(rapace.Ptr[int64](-1)),
	}
	options.BothWays(t, some, "\x01\xac\x02"+"\x01\x00"+"\x01\x00"+"\x01\x01\x00"+"\x01"+"\x01\x00"+"\x01\x05"+"\x01\x00"+
		"\x01\x01\x01"+"\x02\x00\x01\x01x"+"\x01\x00"+"\x03\x04none\x00\x04some\x01\x01\x01\x09some none\x01\x00")

	some.Thrice = rapace.Some(rapace.Some(rapace.Ptr(true)))
	some.Kind = KindB{rapace.Some[*uint8](nil)}
	options.RoundTrip(t, some)
}

func TestRefused(t *testing.T) {
	options.RefusesToDecode(t, "\x02", 0, "scalar", "2 is neither 0 nor 1")
	options.RefusesToDecode(t, "\x00\x00\x01\x07", 3, "nested", "7 is neither 0 nor 1")
	options.RefusesToEncode(t, Options{ListOf: []*string{nil, rapace.Ptr("\xff")}}, "list_of[1]", "the string is not valid UTF-8")
}

func FuzzOptions(f *testing.F) {
	thrice := rapace.Some(rapace.Some[*bool](nil))
	options.Fuzz(f, Options{}, Options{Kind: KindB{}, Thrice: thrice, Bytes: rapace.Some([]byte{1})})
}
