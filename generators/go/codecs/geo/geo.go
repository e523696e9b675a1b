// Package geo has types as a user would have them in the place of those of an API.
package geo

import "errors"

// Code is a text in upper case. Two of them cannot be compared.
type Code struct{ letters []byte }

// NewCode returns the code of a text.
func NewCode(text string) Code { return Code{[]byte(text)} }

func (c Code) String() string { return string(c.letters) }

// CodeFromWire returns a code.
func CodeFromWire(text string) (Code, error) {
	if text == "" {
		return Code{}, errors.New("a code has a letter")
	}
	return NewCode(text), nil
}

// CodeToWire is the reverse of CodeFromWire.
func CodeToWire(c Code) (string, error) {
	if len(c.letters) == 0 {
		return "", errors.New("a code has a letter")
	}
	return c.String(), nil
}

// Point is a place.
type Point struct{ X, Y float64 }

// PointFromWire returns a place.
func PointFromWire(x, y float64) (Point, error) { return Point{x, y}, nil }

// PointToWire is the reverse of PointFromWire.
func PointToWire(p Point) (float64, float64, error) { return p.X, p.Y, nil }

// Tree is a tree, whose branches are trees.
type Tree struct {
	Value    uint32
	Branches []Tree
}

// TreeFromWire returns a tree.
func TreeFromWire(value uint32, branches []Tree) (Tree, error) { return Tree{value, branches}, nil }

// TreeToWire is the reverse of TreeFromWire.
func TreeToWire(t Tree) (uint32, []Tree, error) { return t.Value, t.Branches, nil }
