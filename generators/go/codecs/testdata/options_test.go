package options

import (
	"rapace"
	"rapace-codecs/check"
	"testing"
)

var options = check.Codec[Options]{encodeOptions, decodeOptions}

func TestOptions(t *testing.T) {
	none := Options{ListOf: []*string{}, Map: map[string]**int64{}}
	options.BothWays(t, none, "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")

	some := none
	some.Scalar = rapace.Ptr[uint32](300)
	some.Text = rapace.Ptr("")
	some.Nested = new(*uint32)
	some.Thrice = rapace.Ptr(new(*bool))
	some.Nothing = &struct{}{}
	some.Kind = KindA{}
	some.Record = &Record{5}
	some.List = &[]uint8{}
	some.Bytes = &[]byte{1}
	some.ListOf = []*string{nil, rapace.Ptr("x")}
	some.Newtype = &Maybe{}
	some.Map = map[string]**int64{"none": nil, "some none": new(*int64), "some": rapace.Ptr(rapace.Ptr[int64](-1))}
	options.BothWays(t, some, "\x01\xac\x02"+"\x01\x00"+"\x01\x00"+"\x01\x01\x00"+"\x01"+"\x01\x00"+"\x01\x05"+"\x01\x00"+
		"\x01\x01\x01"+"\x02\x00\x01\x01x"+"\x01\x00"+"\x03\x04none\x00\x04some\x01\x01\x01\x09some none\x01\x00")

	some.Thrice = rapace.Ptr(rapace.Ptr(rapace.Ptr(true)))
	some.Kind = KindB{new(*uint8)}
	options.RoundTrip(t, some)
}

func TestRefused(t *testing.T) {
	options.RefusesToDecode(t, "\x02", 0, "scalar", "2 is neither 0 nor 1")
	options.RefusesToDecode(t, "\x00\x00\x01\x07", 3, "nested", "7 is neither 0 nor 1")
	options.RefusesToEncode(t, Options{ListOf: []*string{nil, rapace.Ptr("\xff")}}, "list_of[1]", "the string is not valid UTF-8")
}

func FuzzOptions(f *testing.F) {
	options.Fuzz(f, Options{}, Options{Kind: KindB{}, Thrice: rapace.Ptr(new(*bool)), Bytes: &[]byte{1}})
}
