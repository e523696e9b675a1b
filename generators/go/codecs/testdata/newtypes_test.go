package newtypes

import (
	"rapace"
	"rapace-codecs/check"
	"testing"
)

var all = check.Codec[All]{encodeAll, decodeAll}

func someAll() All {
	return All{
		Isbn:       "978",
		Count:      300,
		Small:      255,
		Flag:       true,
		Ratio:      0.5,
		Letter:     '猫',
		Blob:       Blob{1, 2},
		Tags:       Tags{"a", "b"},
		Hash:       Hash{1, 2, 3, 4, 5, 6, 7, 8},
		Deep:       "deep",
		Maybe:      Maybe{rapace.Ptr("m")},
		Lookup:     Lookup{"x": 1, "y": 2},
		Shade:      Shade{ColorGreen},
		Home:       Home{Place{"here"}},
		Both:       Both{rapace.Tuple2[uint8, string]{V0: 1, V1: "one"}},
		Wide:       Wide{rapace.Uint128{Hi: 5, Lo: 6}},
		Choice:     Choice{EitherLeft{3}},
		MaybeIsbn:  rapace.Ptr(Isbn("i")),
		MaybeMaybe: &Maybe{},
		Isbns:      rapace.NewSet[Isbn]("p", "q"),
		ByIsbn:     map[Isbn]Home{"k": {Place{"v"}}},
	}
}

func TestNewtypes(t *testing.T) {
	all.RoundTrip(t, someAll())
	value := someAll()
	value.Choice, value.MaybeIsbn, value.Maybe = Choice{EitherRight{}}, nil, Maybe{}
	all.RoundTrip(t, value)
	check.ByValue(encodeIsbn, decodeIsbn).BothWays(t, "978", "\x03978")
	check.ByValue(encodeDeep, decodeDeep).BothWays(t, "é", "\x02é")
}

// A newtype is not seen in a path.
func TestRefused(t *testing.T) {
	all.RefusesToEncode(t, All{Isbn: "\xff"}, "isbn", "the string is not valid UTF-8")
	all.RefusesToEncode(t, All{Letter: -1}, "letter", "-0x1 is not a Unicode scalar value")
	all.RefusesToEncode(t, All{}, "choice", "<nil> is no variant of Either")
	value := someAll()
	value.Home.Value.Name = "\xff"
	all.RefusesToEncode(t, value, "home.name", "the string is not valid UTF-8")
	value = someAll()
	value.ByIsbn["k"] = Home{Place{"\xff"}}
	all.RefusesToEncode(t, value, "by_isbn[k].name", "the string is not valid UTF-8")
}

func FuzzAll(f *testing.F) {
	all.Fuzz(f, someAll())
}
