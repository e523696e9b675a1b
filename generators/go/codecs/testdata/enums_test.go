package enums

import (
	"fmt"
	"rapace"
	"rapace-codecs/check"
	"testing"
)

var shapes = check.ByValue(encodeShape, decodeShape)

func TestShapes(t *testing.T) {
	shapes.BothWays(t, ShapeNothing{}, "\x00")
	shapes.BothWays(t, ShapeCircle{1}, "\x01\x00\x00\x00\x00\x00\x00\xf0\x3f")
	shapes.RoundTrip(t, ShapeSegment{rapace.Tuple2[float64, float64]{V0: 1, V1: -1}, 300})
	shapes.RoundTrip(t, ShapeRectangle{Width: 1, Height: 2})
	shapes.BothWays(t, ShapePainted{ColorDeepBlue, "é", OtherRectangle{200}}, "\x04\x02\x02é\x02\xc8")
	shapes.BothWays(t, ShapeWrapped{OtherCircle{"x"}}, "\x05\x01\x01x")
	shapes.BothWays(t, ShapeEmptyStruct{}, "\x06")
	shapes.BothWays(t, ShapeUnit{}, "\x07")
}

func TestRefused(t *testing.T) {
	shapes.RefusesToEncode(t, nil, "", "<nil> is no variant of Shape")
	shapes.RefusesToEncode(t, ShapeWrapped{}, "Wrapped.0", "<nil> is no variant of Other")
	shapes.RefusesToEncode(t, ShapePainted{Kind: 3}, "Painted.kind", "variant 3 is unknown: the enum has 3")
	shapes.RefusesToEncode(t, ShapePainted{Value: "\xff"}, "Painted.value", "the string is not valid UTF-8")
	shapes.RefusesToDecode(t, "\x08", 0, "", "variant 8 is unknown: the enum has 8")
	shapes.RefusesToDecode(t, "\x04\x03", 1, "Painted.kind", "variant 3 is unknown: the enum has 3")
	shapes.RefusesToDecode(t, "\x05\x01\x01\xff", 3, "Wrapped.0.Circle.0", "the string is not valid UTF-8")
}

func TestNames(t *testing.T) {
	if got := fmt.Sprint(ColorDeepBlue, Color(9)); got != "DeepBlue Color(9)" {
		t.Error(got)
	}
}

func FuzzShape(f *testing.F) {
	shapes.Fuzz(f, Shape(ShapePainted{ColorRed, "x", OtherNothing{}}), Shape(ShapeUnit{}), Shape(ShapeCircle{2}))
}
