package rapace

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/big"
	"net/url"
	"time"
)

// What follows converts between the types of Go and what is on the wire, exactly or with an error. Generated code uses it.
// The errors do not quote the value, which may be sensitive: their path leads to it.

var (
	errTimeTooFar = errors.New("the time is beyond those of Go")
	errLong       = errors.New("the duration is longer than Go's longest, of 292 years")
	errNoUUID     = errors.New("the text is no UUID of 32 hexadecimal digits in lower case and four hyphens")
	errNoDecimal  = errors.New("the text is no decimal number")
	errNoURL      = errors.New("the text is no absolute URL")
)

// wireInteger is an integer on the wire that counts units of time.
type wireInteger interface {
	uint8 | uint16 | uint32 | uint64 | int8 | int16 | int32 | int64 | Uint128 | Int128
}

// TimeFrom returns the time in UTC that is so many units after 1970.
func TimeFrom[W wireInteger](wire W, unit time.Duration) (time.Time, error) {
	count, ok := toInt64(wire)
	if !ok {
		return time.Time{}, errTimeTooFar
	}
	perSecond := int64(time.Second / unit)
	seconds, rest := count/perSecond, count%perSecond
	if seconds > maxUnixSeconds || seconds < -maxUnixSeconds {
		return time.Time{}, errTimeTooFar
	}
	return time.Unix(seconds, rest*int64(unit)).UTC(), nil
}

// TimeTo returns how many units a time is after 1970.
func TimeTo[W wireInteger](t time.Time, unit time.Duration) (wire W, err error) {
	if t.Nanosecond()%int(unit) != 0 {
		return wire, fmt.Errorf("the time has a part of less than %v: truncate it", unit)
	}
	perSecond := int64(time.Second / unit)
	count := new(big.Int).Mul(big.NewInt(t.Unix()), big.NewInt(perSecond))
	count.Add(count, big.NewInt(int64(t.Nanosecond())/int64(unit)))
	if !count.IsInt64() {
		return wire, errTimeTooFar
	}
	wire, ok := fromInt64[W](count.Int64())
	if !ok {
		return wire, fmt.Errorf("the time is out of range of %T", wire)
	}
	return wire, nil
}

// DurationFrom returns a duration of so many units.
func DurationFrom[W wireInteger](wire W, unit time.Duration) (time.Duration, error) {
	count, ok := toInt64(wire)
	if !ok || count > math.MaxInt64/int64(unit) || count < math.MinInt64/int64(unit) {
		return 0, errLong
	}
	return time.Duration(count) * unit, nil
}

// DurationTo returns how many units a duration has.
func DurationTo[W wireInteger](d, unit time.Duration) (wire W, err error) {
	if d%unit != 0 {
		return wire, fmt.Errorf("the duration has a part of less than %v: truncate it", unit)
	}
	wire, ok := fromInt64[W](int64(d / unit))
	if !ok {
		return wire, fmt.Errorf("the duration is out of range of %T", wire)
	}
	return wire, nil
}

// toInt64 returns an integer, and false when it has more than 64 bits with its sign.
func toInt64[W wireInteger](wire W) (int64, bool) {
	switch wire := any(wire).(type) {
	case uint8:
		return int64(wire), true
	case uint16:
		return int64(wire), true
	case uint32:
		return int64(wire), true
	case uint64:
		return int64(wire), wire <= math.MaxInt64
	case int8:
		return int64(wire), true
	case int16:
		return int64(wire), true
	case int32:
		return int64(wire), true
	case int64:
		return wire, true
	case Uint128:
		return int64(wire.Lo), wire.Hi == 0 && wire.Lo <= math.MaxInt64
	case Int128:
		return int64(wire.Lo), wire == Int128From(int64(wire.Lo))
	}
	return 0, false
}

// fromInt64 returns an integer of this type, and false when it is out of its range.
func fromInt64[W wireInteger](count int64) (wire W, ok bool) {
	switch to := any(&wire).(type) {
	case *uint8:
		*to = uint8(count)
	case *uint16:
		*to = uint16(count)
	case *uint32:
		*to = uint32(count)
	case *uint64:
		*to = uint64(count)
	case *int8:
		*to = int8(count)
	case *int16:
		*to = int16(count)
	case *int32:
		*to = int32(count)
	case *int64:
		*to = count
	case *Uint128:
		*to = Uint128From(uint64(count))
	case *Int128:
		*to = Int128From(count)
	}
	_, isUint64 := any(wire).(uint64)
	back, fits := toInt64(wire)
	return wire, fits && back == count && (count >= 0 || !isUint64)
}

// FormatUUID returns the text of a UUID, in lower case.
func FormatUUID(id [16]byte) string {
	text := make([]byte, 0, 36)
	for i, part := range [][]byte{id[:4], id[4:6], id[6:8], id[8:10], id[10:]} {
		if i > 0 {
			text = append(text, '-')
		}
		text = hex.AppendEncode(text, part)
	}
	return string(text)
}

// ParseUUID returns the UUID of a text that FormatUUID could have written: no other text is sent back as it came.
func ParseUUID(text string) (id [16]byte, err error) {
	if len(text) == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-' {
		digits := text[:8] + text[9:13] + text[14:18] + text[19:23] + text[24:]
		if _, err = hex.Decode(id[:], []byte(digits)); err == nil && FormatUUID(id) == text {
			return id, nil
		}
	}
	return [16]byte{}, errNoUUID
}

// CheckDecimal refuses a text that is no decimal number: digits with an optional sign, point and exponent.
func CheckDecimal(text string) error {
	rest := trimSign(text)
	whole := trimDigits(rest)
	digits := len(rest) - len(whole)
	if rest = whole; rest != "" && rest[0] == '.' {
		fraction := trimDigits(rest[1:])
		digits += len(rest) - 1 - len(fraction)
		rest = fraction
	}
	if rest != "" && (rest[0] == 'e' || rest[0] == 'E') {
		exponent := trimSign(rest[1:])
		rest = trimDigits(exponent)
		if len(rest) == len(exponent) {
			digits = 0
		}
	}
	if digits == 0 || rest != "" {
		return errNoDecimal
	}
	return nil
}

func trimSign(text string) string {
	if text != "" && (text[0] == '+' || text[0] == '-') {
		return text[1:]
	}
	return text
}

func trimDigits(text string) string {
	for text != "" && text[0] >= '0' && text[0] <= '9' {
		text = text[1:]
	}
	return text
}

// CheckURL refuses a text that is no absolute URL.
func CheckURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || !u.IsAbs() {
		return errNoURL
	}
	return nil
}

// RefuseAt returns the error for a value that begins at this byte and cannot be converted.
func RefuseAt(offset int, err error) error {
	return &DecodeError{Offset: offset, Reason: err.Error()}
}
