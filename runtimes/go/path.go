package rapace

import (
	"errors"
	"fmt"
	"strconv"
)

// InField returns err, which arose inside this field, with the field put before its path. Codecs call it while they
// return, so that a path costs nothing unless there is an error.
func InField(err error, name string) error {
	return prepend(err, name)
}

// InSensitive is InField for a field whose content is not shown: what follows the field in the path, such as the key of
// a map, is left out of the path.
func InSensitive(err error, name string) error {
	if path := pathOf(err); path != nil {
		*path = ""
	}
	return prepend(err, name)
}

// InIndex returns err, which arose inside this item of a list, with the index put before its path.
func InIndex(err error, index int) error {
	return prepend(err, "["+strconv.Itoa(index)+"]")
}

// InKey returns err, which arose inside the entry of a map or set with this key, with the key put before its path, as
// [Quote] shows it.
func InKey(err error, key any) error {
	if pathOf(err) == nil {
		return err
	}
	return prepend(err, "["+Quote(fmt.Sprint(key))+"]")
}

func prepend(err error, segment string) error {
	if path := pathOf(err); path != nil {
		*path = joinedPath(segment, *path)
	}
	return err
}

// joinedPath returns the path within what the segment names.
func joinedPath(segment, path string) string {
	if path == "" || path[0] == '[' {
		return segment + path
	}
	return segment + "." + path
}

// pathOf returns where the error of a codec has its path, and nil for any other error.
func pathOf(err error) *string {
	var decode *DecodeError
	var encode *EncodeError
	switch {
	case errors.As(err, &decode):
		return &decode.Path
	case errors.As(err, &encode):
		return &encode.Path
	}
	return nil
}
