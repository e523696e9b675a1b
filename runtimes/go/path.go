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

// InIndex returns err, which arose inside this item of a list, with the index put before its path.
func InIndex(err error, index int) error {
	return prepend(err, "["+strconv.Itoa(index)+"]")
}

// InKey returns err, which arose inside the entry of a map or set with this key, with the key put before its path.
func InKey(err error, key any) error {
	return prepend(err, fmt.Sprintf("[%v]", key))
}

func prepend(err error, segment string) error {
	var path *string
	var decode *DecodeError
	var encode *EncodeError
	switch {
	case errors.As(err, &decode):
		path = &decode.Path
	case errors.As(err, &encode):
		path = &encode.Path
	default:
		return err
	}
	switch {
	case *path == "", (*path)[0] == '[':
		*path = segment + *path
	default:
		*path = segment + "." + *path
	}
	return err
}
